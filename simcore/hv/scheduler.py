"""Which vCPU next on which hart: one run queue a hart, round robin, no balancing.

A vCPU stays in the queue it was put in until somebody migrates it, so a migration is always
somebody's decision and shows as such.
"""

from __future__ import annotations

from collections import OrderedDict

from simcore.hv.domain import VcpuKey
from simcore.hw.ids import HartId

_Queue = OrderedDict[VcpuKey, None]


class RunQueues:
    """The run queues of a machine, keyed by hart id."""

    __slots__ = ("_harts", "_home", "_queues", "turn")

    def __init__(self, harts: tuple[HartId, ...]) -> None:
        self._harts = harts
        # Ordered by turn, and a vCPU is found without a search.
        self._queues: dict[HartId, _Queue] = {hart: OrderedDict() for hart in harts}
        self._home: dict[VcpuKey, HartId] = {}
        self.turn = 0

    def next_turn(self) -> HartId:
        """The hart whose quantum ends now: each in order, again and again."""
        hart = self._harts[self.turn]
        self.turn = (self.turn + 1) % len(self._harts)
        return hart

    def place(self, vcpu: VcpuKey) -> HartId:
        """Queue a vCPU on the hart with the shortest queue (ties: the first). Returns the hart."""
        hart = min(self._queues, key=lambda hart: len(self._queues[hart]))
        self.move(vcpu, hart)
        self._queues[hart].move_to_end(vcpu)
        return hart

    def move(self, vcpu: VcpuKey, hart: HartId) -> None:
        """Put a vCPU at the head of a hart's queue, out of the one it was in."""
        self.remove(vcpu)
        self._queues[hart][vcpu] = None
        self._queues[hart].move_to_end(vcpu, last=False)
        self._home[vcpu] = hart

    def remove(self, vcpu: VcpuKey) -> None:
        """Take a vCPU out of its queue; nothing where it is in none."""
        home = self._home.pop(vcpu, None)
        if home is not None:
            del self._queues[home][vcpu]

    def rotate(self, hart: HartId) -> VcpuKey | None:
        """The vCPU whose turn it is on ``hart``, now last in its queue; None where all is idle."""
        queue = self._queues[hart]
        if not queue:
            return None
        vcpu = next(iter(queue))
        queue.move_to_end(vcpu)
        return vcpu

    def home(self, vcpu: VcpuKey) -> HartId | None:
        """The hart in whose queue a vCPU is."""
        return self._home.get(vcpu)

    def key(self) -> tuple[object, ...]:
        """The queues as plain values."""
        return (self.turn, *((hart, tuple(queue)) for hart, queue in self._queues.items()))
