"""The workshop's order of work."""
