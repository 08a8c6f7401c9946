"""Which cell stands out: observations, days, growth, limits and the watch that judges them."""
