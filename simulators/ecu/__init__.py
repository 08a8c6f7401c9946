"""The control units of a simulated car, as a gateway meets them on the bus."""
