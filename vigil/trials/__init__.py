"""Trials of models against recordings and simulated truth: one module per question."""
