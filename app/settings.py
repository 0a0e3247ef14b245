"""What a server is started with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

MAX_BODY_BYTES = 1 << 20


def default_data_folder() -> Path:
    """`$XDG_DATA_HOME/vmidscope`, which is `~/.local/share/vmidscope` where that is unset."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "vmidscope"


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings.

    ``schedules`` are files that machines may replay beside the shipped recording. ``host_names``
    are names, beside those of loopback, under which the server may be addressed.
    """

    data_folder: Path = field(default_factory=default_data_folder)
    schedules: tuple[Path, ...] = ()
    host_names: tuple[str, ...] = ()
    max_machines: int = 64
    max_checks: int = max(1, (os.cpu_count() or 2) - 1)
    """Checks that run at once; one processor is left for the machines."""
    check_bytes: int = 4 << 30
    """Memory that one check may have."""
    log_bytes: int = 64 << 20
    """Compressed bytes of events kept for one machine; the oldest go first."""
