"""What was measured, read back as windows: spans, sources, cells and probes."""
