"""Finds aliases: a tag about to be used that another owner left on the hart, unfenced."""

from collections.abc import Iterable, Mapping

from simcore import events as ev
from simcore.hw.fence import GVMA_ALL, gvma_vmid

_ALL = GVMA_ALL.name
_BY_VMID = gvma_vmid(0).name

Owner = list[int]
"""[domain, vcpu] where ids belong to vCPUs, [domain] where they belong to domains."""


class AliasWatch:
    """Who last used each hardware tag on each hart, since the last G-stage fence of that tag.

    `vmidlen` has the implemented VMID bits of each hart: a fence by VMID covers the tag that
    is left of its operand (`norm:hfence-gvma_vmid`). HFENCE.VVMA and fences of single addresses
    leave G-stage entries of the tag behind and cover nothing.
    """

    def __init__(self, vmidlen: Mapping[int, int], *, per_vcpu: bool) -> None:
        self._mask = {hart: (1 << bits) - 1 for hart, bits in vmidlen.items()}
        self._users: dict[int, dict[int, Owner]] = {hart: {} for hart in vmidlen}
        self._per_vcpu = per_vcpu

    def see(self, events: Iterable[ev.Event]) -> Owner | None:
        """Follow what happened; the previous owner if a guest entry among it took over a tag."""
        alias = None
        for event in events:
            if isinstance(event, ev.FenceExecuted):
                self._fenced(event)
            elif isinstance(event, ev.GuestEntered):
                alias = self._entered(event) or alias
        return alias

    def _fenced(self, fence: ev.FenceExecuted) -> None:
        users = self._users[fence.hart]
        if fence.fence == _ALL:
            users.clear()
        elif fence.fence == _BY_VMID:
            users.pop(fence.id & self._mask[fence.hart], None)

    def _entered(self, entry: ev.GuestEntered) -> Owner | None:
        owner = [entry.domain, entry.vcpu] if self._per_vcpu else [entry.domain]
        users = self._users[entry.hart]
        previous = users.get(entry.vmid)
        users[entry.vmid] = owner
        return None if previous == owner else previous
