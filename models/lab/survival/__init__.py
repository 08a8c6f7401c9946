"""Lives that end or are still going on: curves without a law, Weibull, Cox, hazards that learn."""
