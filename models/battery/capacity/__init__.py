"""What a pack holds: charges, windows, capacity and energy, filtered over time."""
