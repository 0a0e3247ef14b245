"""Xen RISC-V patch v4: `disabled` renamed `used`, and its sense not turned round in six places.

Models "[PATCH v4 02/18] xen/riscv: introduce VMID allocation and manegement" (xen-devel,
2025-09-17, message-id
ee861e4d0e43917d230e0c31ee51ff0573fcf2bd.1758145428.git.oleksii.kurochko@gmail.com). J. Beulich's
review of 2025-09-19 lists the six: `vmid_init` sets `used` where VMIDs are not to be used; its two
messages say "dis" for it; `vmid_flush_hart` returns early if `used`, and sets it on overrun;
`vmid_handle_vmenter` goes to `disabled` if `used`. Those are all the places there are, so the
field means `disabled` throughout, and the patch as posted acts as v3 does, at every VMIDLEN: only
the name is wrong. It is a trap for whoever corrects some of them and not all: ``corrected`` names
the places put right (the messages are not modelled).
Left out: as in `xen-riscv-v3`.
"""

from __future__ import annotations

from typing import Literal

from simcore.hv.operations import Operations, RolledOver, TaggingDisabled
from simcore.hw.ids import HartId
from simcore.policies.base import PolicyContext
from simcore.policies.xen_riscv_v3 import XenRiscvV3

Place = Literal["vmid_init", "vmid_flush_hart", "overrun", "vmid_handle_vmenter"]


class XenRiscvV4(XenRiscvV3):
    """As v3, with a flag called `used` that means the contrary."""

    name = "xen-riscv-v4"
    hazards = (
        "as xen-riscv-v3: the sense of the flag is exchanged in every place alike, so the "
        "exchanges cancel out; correcting only some of them breaks isolation"
    )

    def __init__(
        self,
        context: PolicyContext,
        *,
        vmid_option: bool = True,
        corrected: frozenset[Place] = frozenset(),
    ) -> None:
        super().__init__(context, vmid_option=vmid_option)
        self.corrected = corrected

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`vmid_init`: `used` is the truth about VMIDs where corrected, else its contrary."""
        operations = super().boot(hart, vmidlen)
        data = self.harts[hart]
        data.used = data.used == ("vmid_init" in self.corrected)
        return operations

    def flush_hart(self, hart: HartId) -> Operations:
        """`vmid_flush_hart`: nothing if `used`, and `used` set on overrun, where not corrected."""
        data = self.harts[hart]
        if data.used != ("vmid_flush_hart" in self.corrected):
            return ()
        self.holders[hart].clear()
        data.generation = (data.generation + 1) % 2**64
        if data.generation == 0:
            data.used = "overrun" not in self.corrected
            return (TaggingDisabled(hart),)
        return (RolledOver(hart, data.generation),)

    def _is_off(self, hart: HartId) -> bool:
        """`if ( data->used ) goto disabled`, where not corrected."""
        return self.harts[hart].used != ("vmid_handle_vmenter" in self.corrected)
