"""`vigil bench ingest`: what a value costs from the socket to the commit, beside plain COPY."""
