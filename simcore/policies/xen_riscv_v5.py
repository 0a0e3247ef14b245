"""Xen RISC-V patch v5: the flag put right; not yet looked at before a VMID is given.

Models "[for 4.22 v5 02/18] xen/riscv: introduce VMID allocation and manegement" (xen-devel,
2025-10-20, message-id
bdbe6c13991c2d166614795d43db3f71d790c00f.1760974017.git.oleksii.kurochko@gmail.com). J. Beulich's
review of 2025-11-06 asks for the check of `used` at the top of `vmid_handle_vmenter`, which x86
has and v6, so `xen-riscv-head`, got. Without it a hart acts as in `xen-riscv-v3`: with VMIDLEN 1,
or with the option `vmid` off, VMIDs are given out in a generation that never ends. From v3 to v5
the rules for a VMID are the same; what changed are names, messages, the mode in which VMIDLEN is
probed, and where `vmid_init` is called.
Left out: as in `xen-riscv-v3`.
"""

from __future__ import annotations

from simcore.policies.xen_riscv_v3 import XenRiscvV3


class XenRiscvV5(XenRiscvV3):
    """Per-hart generations, `used` in its right sense, and no check of it at the top."""

    name = "xen-riscv-v5"
    hazards = (
        "as xen-riscv-v3: the check for VMIDs in use is not yet at the top of vmid_handle_vmenter"
    )
