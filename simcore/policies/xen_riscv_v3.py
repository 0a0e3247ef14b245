"""Xen RISC-V patch v3: the x86 scheme, ported; a hart that uses no VMIDs gives them out too.

Models "[PATCH v3 03/20] xen/riscv: introduce VMID allocation and manegement" (xen-devel,
2025-07-31, message-id
d61f5f831ac8045055a1775ee710d4f2fe8dcc26.1753973161.git.oleksii.kurochko@gmail.com): `vmid_init`,
`vmid_flush_hart`, `vmid_handle_vmenter`. As `xen-riscv-head`, but `vmid_handle_vmenter` looks at
`disabled` only once the ids are used up. With VMIDLEN 0 that is always, so everybody has VMID 0
and nothing is fenced. With VMIDLEN 1 every second vCPU without a VMID gets VMID 1, with a fence,
and every other VMID 0, without one; the generation stands still, so those that got VMID 1 keep it
together. With the option `vmid` off, VMIDs are given out until they are used up, and then so again
from 1 on in the same generation.
Left out: the world switch, which this patch does not have (that of `xen-riscv-head` is assumed,
with its p2m fence to an empty mask); the probe with hgatp.MODE = Bare, which reads the same here.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.hv.domain import VcpuKey
from simcore.hv.operations import Assigned, Operation
from simcore.hw.ids import HartId
from simcore.policies.base import Owner
from simcore.policies.xen_riscv_head import XenRiscvHead, _VcpuVmid


class XenRiscvV3(XenRiscvHead):
    """Per-hart generations, without a look at whether VMIDs are used before one is given."""

    name = "xen-riscv-v3"
    hazards = (
        "as xen-riscv-head: migration (H1), G-stage entries with VMIDLEN 0 or 1, p2m changes, "
        "split TLBs"
    )

    def _handle_vmenter(
        self, hart: HartId, key: VcpuKey, tag: _VcpuVmid, operations: list[Operation]
    ) -> bool:
        """`vmid_handle_vmenter`: give the vCPU a VMID of this generation; True: fence."""
        data = self.harts[hart]
        if tag.generation == data.generation:
            return False
        if data.next_vmid > data.max_vmid:
            operations.extend(self.flush_hart(hart))
            data.next_vmid = 1
            if self._is_off(hart):
                tag.vmid = 0
                return False
        tag.vmid, tag.generation = data.next_vmid, data.generation
        data.next_vmid += 1
        self.holders[hart][tag.vmid] = key
        operations.append(Assigned(key[0], key[1], hart, tag.vmid, tag.generation))
        return tag.vmid == 1

    def _is_off(self, hart: HartId) -> bool:
        """`if ( data->disabled ) goto disabled`."""
        return not self.harts[hart].used

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VMIDs of this hart's generation; nobody has one where they are not to be used."""
        return {} if self._is_off(hart) else self.holders[hart]
