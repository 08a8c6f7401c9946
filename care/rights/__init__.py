"""Rights: what an owner has already, and whose time with a car an answer may reach into."""
