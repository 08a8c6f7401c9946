"""Consents: a yes to one purpose for a term, with the text that was agreed to; a no at once."""
