"""Many harts ask all others for fences at once, and all wait for all."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="opensbi-402",
    title="Rings of fence requests fill up, and senders spin while they serve one at a time",
    source="riscv-software-src/opensbi issue 402 (open)",
    policy="kvm-riscv",
    platform=preset("rv64"),
    steps=(
        Step("Many harts request remote fences from each other at the same time."),
        Step("Each target's ring of requests is full, so no sender can put its own in."),
        Step(
            "A sender that waits takes one request from its own ring, then tries again; both sides "
            "are busy, and neither gets on for long."
        ),
    ),
    sees=(),
    fixed=Variant("Larger rings, requests merged, fewer remote fences (as `lazy-epoch` sends)."),
    outside="OpenSBI's rings: a remote fence here is executed by all its targets before anybody "
    "else asks for one, so nobody waits for a place in a ring",
)
