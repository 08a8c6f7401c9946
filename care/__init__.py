"""The business: what follows from a warning. Rules are pure; services ask ports; no HTTP."""
