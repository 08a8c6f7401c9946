"""Rights: what an owner has already."""
