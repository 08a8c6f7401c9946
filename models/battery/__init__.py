"""The traction battery: capacity, resistance, cells, thermal precursors, forecast, habits."""
