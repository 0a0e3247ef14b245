"""Where two machines first differ, in words."""

from __future__ import annotations

from typing import Any

from simcore import events as ev
from simcore.lab.divergence import Divergence, Divergences

_MNEMONICS = {
    "hfence_gvma": "HFENCE.GVMA",
    "hfence_vvma": "HFENCE.VVMA",
    "sfence_vma": "SFENCE.VMA",
    "fence_i": "FENCE.I",
}
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
    fence, cause = _fence_words(event), f"(cause: {event.cause})"
    if isinstance(event, ev.FenceExecuted):
        asked = f", asked for by hart {event.requester}" if event.requester >= 0 else ""
        dropped = "1 entry" if event.dropped == 1 else f"{event.dropped:,} entries"
        return f"Hart {event.hart} executed {fence}{asked}: {dropped} dropped {cause}."
    if event.via == "none":
        return f"Hart {event.hart} asked for {fence}, and nothing was sent: no hart in the mask."
    harts = "1 hart" if event.targets == 1 else f"{event.targets:,} harts"
    by = "an SBI call" if event.via == "sbi" else "an IPI"
    return f"Hart {event.hart} asked {harts} for {fence} by {by} {cause}."


def _hit_words(event: ev.StaleHit) -> str:
    times = "once" if event.accesses == 1 else f"{event.accesses:,} times"
    return (
        f"Domain {event.domain} hit what domain {event.owner_domain} had filled, {times}, on hart "
        f"{event.hart} under VMID {event.vmid} ({event.kind})."
    )


def _fence_words(event: ev.FenceExecuted | ev.RemoteFenceRequested) -> str:
    """As the log says it: "HFENCE.GVMA, VMID 5"."""
    name = event.fence.removeprefix("remote_")
    known = (words for start, words in _MNEMONICS.items() if name.startswith(start))
    mnemonic = next(known, name)
    if mnemonic == "FENCE.I":
        return mnemonic
    tag = "VMID" if mnemonic == "HFENCE.GVMA" else "ASID"
    return f"{mnemonic}, {f'all {tag}s' if event.id < 0 else f'{tag} {event.id}'}"
