"""Alerts with their evidence, and what people may do to them."""
