"""What views read: a live machine as it is now, or a moment of its past."""

from __future__ import annotations

from typing import Protocol

from app.journal import KeptMachine
from app.live.chronicle import Chronicle
from app.live.published import Published
from simcore.machine import MachineSpec


class Shown(Protocol):
    """A machine that views can be made of."""

    @property
    def id(self) -> str:
        """The machine's id."""

    @property
    def kept(self) -> KeptMachine:
        """Its row in the journal."""

    @property
    def spec(self) -> MachineSpec:
        """What it was made of."""

    @property
    def chronicle(self) -> Chronicle:
        """What is known of it from its events."""

    @property
    def published(self) -> Published:
        """How far it is, and its counters."""
