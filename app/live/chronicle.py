"""What is known of a machine from its events: log, tables, counters, trouble, names."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from app.event_log import EventLog
from app.tables.fence_marks import FenceMarks
from app.tables.lines import Lines
from app.tables.marks import Marks
from app.tables.selection import Selections
from app.tables.slices import Slices
from simcore import events as ev
from simcore.metrics import Metrics
from simcore.vmid_ages import VmidAges
from simcore.vmid_map import Trouble

_FOLDED = ("metrics", "trouble", "ages", "programmed")
"""What an event changes in place. Everything else of a chronicle only grows, and is shared with
the chronicles of earlier moments."""


class Chronicle:
    """Everything that follows from a machine's events alone."""

    def __init__(self, log_bytes: int) -> None:
        self.log = EventLog(log_bytes)
        self.lines = Lines()
        """Fences and wrong hits as columns, for the flush log by index."""
        self.selections = Selections(self.lines)
        self.marks, self.slices, self.fence_marks = Marks(), Slices(), FenceMarks()
        self.ages = VmidAges()
        self.names: dict[int, str] = {}
        """Names of all domains that ever were; an entry may outlive its domain in a TLB."""
        self.metrics = Metrics()
        self.trouble = Trouble()
        self.programmed: dict[int, int] = {}
        """By hart: the VMID that was last written to hgatp, as software programmed it."""

    def record(self, events: Sequence[ev.Event]) -> None:
        """Take events in. The log comes last: who finds an event in it may ask for its names."""
        for event in events:
            if isinstance(event, ev.DomainCreated):
                self.names[event.domain] = event.name
        self.fold(events)
        self.lines.append(events, self.log.seq + 1)
        for table in (self.marks, self.slices, self.fence_marks):
            table.record(self.log.seq + 1, events)
        self.log.append(events)

    def fold(self, events: Sequence[ev.Event]) -> None:
        """Let what is not kept by event follow these events on."""
        for event in events:
            if isinstance(event, ev.HgatpWritten):
                self.programmed[event.hart] = event.programmed_vmid
        self.metrics.record(events)
        self.trouble.record(events)
        self.ages.record(events)

    def folded(self) -> bytes:
        """What `fold` changes, as it is now."""
        values = {name: getattr(self, name) for name in _FOLDED}
        return pickle.dumps(values, pickle.HIGHEST_PROTOCOL)

    def earlier(self, folded: bytes) -> Chronicle:
        """The chronicle of the moment when `folded` was asked; log and names stay the same."""
        twin = object.__new__(Chronicle)
        twin.__dict__ = {**self.__dict__, **pickle.loads(folded)}
        return twin

    def name(self, domain: int) -> str:
        """The name of a domain that exists or existed."""
        return self.names[domain]
