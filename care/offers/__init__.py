"""Offers: what a car needs, what the owner already has, what is left to pay, and when."""
