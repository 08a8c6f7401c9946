"""Figures of centres and cohorts: counts with intervals, and nothing that points at a car."""
