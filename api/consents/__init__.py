"""Consents, the access log and the export: the owner holds the data."""
