"""Battery reports: asked for, listed, read, printed, and verified by whoever holds one."""
