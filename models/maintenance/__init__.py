"""Maintenance by physics: 12 V battery, tyres, cooling. Evidence first, orange at most.

The door is `MaintenanceFamily` for assessment runs and `assess(windows, vehicle, now)` alone.
"""

from models.maintenance.judge import MaintenanceFamily, assess

__all__ = ["MaintenanceFamily", "assess"]
