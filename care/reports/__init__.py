"""Who may ask for a battery report, and how often."""
