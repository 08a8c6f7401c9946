"""What people may do to an alert."""
