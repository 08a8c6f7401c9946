"""Remaining life of machines that run to failure: read, normalise, describe, estimate, bound."""
