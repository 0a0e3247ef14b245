"""Where two machines first differ, in words."""

from __future__ import annotations

from errno import errorcode
from typing import Any

from app.views.fences import fence_text
from simcore import events as ev
from simcore.hw.fence import Fence, FenceKind, kind_of
from simcore.hw.sbi import SbiError
from simcore.lab.divergence import Divergence, Divergences

_MOST_LINES = 20
"""Of one machine in one step; a fence by every of 1,024 harts is said by the first of them."""


def divergences_json(found: Divergences) -> dict[str, Any]:
    """Where fences, and where wrong hits, are first different."""
    first = found.first
    return {
        "searched": found.searched,
        "first": first.step if first else None,
        "fences": _divergence_json(found.fences, "fences"),
        "wrong_hits": _divergence_json(found.wrong_hits, "has wrong hits"),
    }


def _divergence_json(one: Divergence | None, acts: str) -> dict[str, Any] | None:
    if one is None:
        return None
    a, b = one.events
    return {
        "step": one.step,
        "at_ns": one.at_ns,
        "sentence": f"In step {one.step:,}, {_who(bool(a), bool(b), acts)}.",
        "a": [_line_json(event) for event in a[:_MOST_LINES]],
        "b": [_line_json(event) for event in b[:_MOST_LINES]],
    }


def _who(a: bool, b: bool, acts: str) -> str:
    if a and b:
        return f"A {acts}, and B {acts} in another way"
    return f"A {acts}, and B does not" if a else f"B {acts}, and A does not"


def _line_json(event: ev.Event) -> dict[str, Any]:
    assert isinstance(event, (ev.FenceExecuted, ev.RemoteFenceRequested, ev.StaleHit))
    return {
        "event": type(event).__name__,
        "at_ns": event.at_ns,
        "hart": event.hart,
        "words": _words(event),
    }


def _words(event: ev.FenceExecuted | ev.RemoteFenceRequested | ev.StaleHit) -> str:
    if isinstance(event, ev.StaleHit):
        return _hit_words(event)
    cause = f"(cause: {event.cause})"
    if isinstance(event, ev.FenceExecuted):
        asked = f", asked for by hart {event.requester}" if event.requester >= 0 else ""
        dropped = "1 entry" if event.dropped == 1 else f"{event.dropped:,} entries"
        return f"Hart {event.hart} executed {_fence_text(event)}{asked}: {dropped} dropped {cause}."
    if event.via == "none":
        sent = f"nothing was sent: {_error_words(event)}"
        return f"Hart {event.hart} asked for a remote fence, and {sent} {cause}."
    harts = "1 hart" if event.targets == 1 else f"{event.targets:,} harts"
    by = "an SBI call" if event.via == "sbi" else "an IPI"
    failed = f"; it failed: {_error_words(event)}" if event.error else ""
    return f"Hart {event.hart} asked {harts} for {_asked_text(event)} by {by}{failed} {cause}."


def _hit_words(event: ev.StaleHit) -> str:
    times = "once" if event.accesses == 1 else f"{event.accesses:,} times"
    return (
        f"Domain {event.domain} hit what domain {event.owner_domain} had filled, {times}, on hart "
        f"{event.hart} under VMID {event.vmid} ({event.kind})."
    )


def _fence_text(event: ev.FenceExecuted) -> str:
    """An executed fence with all that it names: "HFENCE.GVMA GPA page 0x1f, VMID 5"."""
    kind = kind_of(event.fence)
    assert kind is not None
    address, number = (None if value < 0 else value for value in (event.address, event.id))
    return fence_text(Fence(kind, address, number), event.vmid)


def _asked_text(event: ev.RemoteFenceRequested) -> str:
    """What is known of a fence that was asked for, which is not its address."""
    kind = kind_of(event.fence)
    assert kind is not None
    if kind is FenceKind.FENCE_I:
        return kind.mnemonic
    tag = "VMID" if kind is FenceKind.GVMA else "ASID"
    return f"{kind.mnemonic}, {f'all {tag}s' if event.id < 0 else f'{tag} {event.id}'}"


def _error_words(event: ev.RemoteFenceRequested) -> str:
    """An SBI error, or the errno of a call that was not made."""
    if event.via == "none":
        return f"error {event.error}, {errorcode.get(-event.error, 'which has no name')}"
    return f"error {event.error}, SBI_ERR_{SbiError(event.error).name}"
