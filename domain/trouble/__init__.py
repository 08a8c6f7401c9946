"""Trouble codes in words: what every generic code means, how bad it is, what lies at its root."""
