"""A machine's whole state as bytes, and a machine that goes on from there.

The bytes hold neither the specification nor the recording, which never change and are shared; they
are for this version of the model in this process, not for a file.
"""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any

from simcore.machine.spec import MachineSpec
from simcore.schedule import Schedule

if TYPE_CHECKING:
    from simcore.machine.machine import Machine


def snapshot(machine: Machine) -> bytes:
    """The state between two commands.

    O(TLB slots + guest pages + domains there ever were + ids the policy knows): right translations
    and page streams, which follow from that, are left out.
    """
    schedule = machine.playback.schedule if machine.playback else None
    packed = io.BytesIO()
    _Pickler(packed, _shared(machine.spec, schedule)).dump(machine)
    return packed.getvalue()


def resumed(content: bytes, spec: MachineSpec, schedule: Schedule | None) -> Machine:
    """A machine of its own in the state that `snapshot` kept.

    ``spec`` and ``schedule`` must be those of the machine it was taken of.
    """
    machine: Machine = _Unpickler(io.BytesIO(content), _shared(spec, schedule)).load()
    return machine


def _shared(spec: MachineSpec, schedule: Schedule | None) -> dict[str, object]:
    shared: dict[str, object] = {"spec": spec, "platform": spec.platform}
    if schedule is not None:
        shared |= {"schedule": schedule, "recorded": schedule.events}
    return shared


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: dict[str, object]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._names = {id(value): name for name, value in shared.items()}

    def persistent_id(self, obj: Any) -> str | None:
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: dict[str, object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, pid: str) -> object:
        return self._shared[pid]
