"""One car without I/O: the chain from frames to ticks, events and records."""
