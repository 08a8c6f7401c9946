"""Attacks on the running product: each finding of a review, and what held, as a test."""
