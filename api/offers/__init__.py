"""Offers: facts in, a fair priced offer out; the offer book and its life."""
