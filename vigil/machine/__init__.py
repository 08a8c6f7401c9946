"""One machine: servers, supervisor, instance, and what looks at them."""
