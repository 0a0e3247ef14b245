"""Live machines: pacing, journalling, subscribers, restoring."""

from __future__ import annotations

from app.live.machine import CommandFailedError, LiveMachine
from app.live.moment import Moment
from app.live.published import Published
from app.live.registry import LiveMachines, Wanted

__all__ = ["CommandFailedError", "LiveMachine", "LiveMachines", "Moment", "Published", "Wanted"]
