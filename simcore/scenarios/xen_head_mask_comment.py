"""H7: an example in a comment gives the wrong hart mask; the code gives the right one."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step

HARTS = (65, 66, 69)
COMMENT_MASK, CODE_MASK = 0b1011, 0b10011

SCENARIO = Scenario(
    name="xen-head-mask-comment",
    title="A comment's example of a hart mask leaves out a hart; the code does not",
    source="xen-project/xen@c447b7308b, xen/arch/riscv/sbi.c, the comment on hart mask and base",
    policy="xen-riscv-head",
    platform=preset("rv64").with_harts(1),
    steps=(
        Step(
            f"Harts {HARTS[0]}, {HARTS[1]} and {HARTS[2]} are to be fenced, from base {HARTS[0]}."
        ),
        Step(f"The comment says that the mask is {COMMENT_MASK:#b}: harts 65, 66 and 68."),
        Step(f"The code makes it {CODE_MASK:#b}: the three harts, in one call."),
    ),
    sees=(),
    fixed=None,
    outside="nothing goes wrong: it is the comment that does not fit the code, and a machine runs "
    "the code",
)
