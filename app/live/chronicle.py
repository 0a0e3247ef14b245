"""What is known of a machine from its events: log, counters, trouble, names."""

from __future__ import annotations

from collections.abc import Sequence

from app.event_log import EventLog
from simcore import events as ev
from simcore.metrics import Metrics
from simcore.vmid_ages import VmidAges
from simcore.vmid_map import Trouble


class Chronicle:
    """Everything that follows from a machine's events alone."""

    def __init__(self, log_bytes: int) -> None:
        self.log = EventLog(log_bytes)
        self.metrics = Metrics()
        self.trouble = Trouble()
        self.ages = VmidAges()
        self.names: dict[int, str] = {}
        """Names of all domains that ever were; an entry may outlive its domain in a TLB."""
        self.programmed: dict[int, int] = {}
        """By hart: the VMID that was last written to hgatp, as software programmed it."""

    def record(self, events: Sequence[ev.Event]) -> None:
        """Take events in. The log comes last: who finds an event in it may ask for its names."""
        for event in events:
            if isinstance(event, ev.HgatpWritten):
                self.programmed[event.hart] = event.programmed_vmid
            elif isinstance(event, ev.DomainCreated):
                self.names[event.domain] = event.name
        self.metrics.record(events)
        self.trouble.record(events)
        self.ages.record(events)
        self.log.append(events)

    def name(self, domain: int) -> str:
        """The name of a domain that exists or existed."""
        return self.names[domain]
