"""All in-memory ports over one state."""

from __future__ import annotations

from domain.urgent import judge as red_table
from store.memory.books import MemoryAlerts, MemoryAssessments, MemoryUrgent
from store.memory.registry import MemoryRegistry
from store.memory.sink import MemorySink
from store.memory.state import State
from store.memory.windows import MemoryWindows
from store.results.urgent_event import Judge
from store.sink.fact_rows import Judge as EventJudge


class Memory:
    """One store in memory; its ports see what the others wrote."""

    def __init__(self) -> None:
        self.state = State()
        self.registry = MemoryRegistry(self.state)
        self.windows = MemoryWindows(self.state)
        self.assessments = MemoryAssessments(self.state)
        self.alerts = MemoryAlerts(self.state)

    def sink(self, judge: EventJudge = red_table) -> MemorySink:
        """Where messages go."""
        return MemorySink(self.state, judge)

    def urgent(self, judge: Judge) -> MemoryUrgent:
        """The queue of unhandled events."""
        return MemoryUrgent(self.state, judge)
