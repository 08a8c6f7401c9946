"""Speed and memory: one module per `vigil bench ...`."""
