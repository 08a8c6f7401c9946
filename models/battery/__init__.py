"""The traction battery: capacity, resistance, cells, thermal precursors, forecast, habits.

The door is `assess(window, vehicle, records=...) -> Judgement`.
"""

from models.battery.family import assess

__all__ = ["assess"]
