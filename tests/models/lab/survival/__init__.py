"""What survival analysis promises."""
