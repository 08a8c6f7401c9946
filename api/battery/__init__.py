"""Battery health: the newest answers with interval, method and what is missing."""
