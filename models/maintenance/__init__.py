"""Maintenance by physics: 12 V battery, tyres, cooling. Evidence first, orange at most.

The door is `MaintenanceFamily`, which assessment runs ask.
"""

from models.maintenance.family import MaintenanceFamily

__all__ = ["MaintenanceFamily"]
