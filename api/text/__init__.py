"""Message tables."""
