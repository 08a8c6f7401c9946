"""Cars: the asset, the latest state with ages and reasons, series, events, records."""
