"""One file per command of `vigil`; each has `register(app)`."""
