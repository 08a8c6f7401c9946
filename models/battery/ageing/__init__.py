"""How a pack ages: habits, the prior of its kind, the forecast, and the fleet it learns from."""
