"""Numbers that look alike and must not be mixed: one type for each kind of id."""

from typing import NewType

# 0…2^XLEN-1; may be sparse (0, 1, 3, 65).
HartId = NewType("HartId", int)

# 0…2^VMIDLEN-1 once in the register; up to 2^7-1 (RV32) or 2^14-1 (RV64) as programmed.
Vmid = NewType("Vmid", int)

# 0…2^ASIDLEN-1 once in the register; up to 2^9-1 (RV32) or 2^16-1 (RV64) as programmed.
Asid = NewType("Asid", int)

# 0, 1, 2, … in order of creation; never reused within one run.
DomainId = NewType("DomainId", int)

# Guest-physical address >> 12: 0…2^22-1 (Sv32x4) up to 0…2^47-1 (Sv57x4).
Gpn = NewType("Gpn", int)

# Guest-virtual address >> 12: 0…2^20-1 (RV32) or 0…2^52-1 (RV64, sign-extended addresses included).
Vpn = NewType("Vpn", int)
