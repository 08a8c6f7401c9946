"""Resistance from steps of current, and the curve of voltages at rest."""
