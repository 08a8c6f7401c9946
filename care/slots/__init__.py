"""Bay time: what a centre publishes, and owners book."""
