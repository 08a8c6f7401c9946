"""HTTP for owners and service centres: reads the store, decides on offers, never models."""
