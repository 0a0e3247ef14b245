"""Random fences, requests, wrong hits and assignments, and the log's lines worked out plainly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from app.event_log import fence_kind, fence_vmid
from app.tables.log_filter import Filter
from app.tables.shapes import scope_of
from simcore import events as ev

Row = dict[str, Any]
_SMALL = st.integers(0, 3)
_FENCES = st.sampled_from(
    ("hfence_gvma", "hfence_vvma", "hfence_gvma_vmid", "hfence_vvma_gva_asid")
)
_CAUSES = st.sampled_from(("roll-over", "world switch", "vCPU on a new hart"))
_MAYBE = st.integers(-1, 2)

EXECUTED = st.builds(
    ev.FenceExecuted,
    _SMALL, _SMALL, _FENCES, _MAYBE, _MAYBE, _MAYBE, _CAUSES, _MAYBE, st.integers(0, 2), _SMALL,
)  # fmt: skip
REQUESTED = st.builds(
    lambda name, *rest: ev.RemoteFenceRequested(rest[0], rest[1], f"remote_{name}", *rest[2:]),
    _FENCES, _SMALL, _SMALL, st.sampled_from(("sbi", "ipi", "none")), st.integers(0, 2**70),
    st.just(0), _MAYBE, _SMALL, st.sampled_from((0, -22)), _CAUSES, _SMALL,
)  # fmt: skip
HIT = st.builds(
    ev.StaleHit,
    _SMALL, _SMALL, _SMALL, st.just(0), st.sampled_from(ev.VIOLATION_KINDS), st.integers(1, 3),
    _SMALL, _SMALL, _SMALL, _MAYBE,
)  # fmt: skip
ASSIGNED = st.builds(ev.VmidAssigned, _SMALL, _SMALL, st.just(-1), _MAYBE, _SMALL, st.just(1))
OTHER = st.builds(ev.GuestEntered, _SMALL, _SMALL, _SMALL, st.just(0), _SMALL)
EVENTS = st.lists(st.one_of(EXECUTED, EXECUTED, REQUESTED, HIT, ASSIGNED, OTHER), max_size=60)
TERMS = st.sampled_from(
    (
        "type:executed", "type:violation", "kind:hfence_gvma", "KIND:cross-domain",
        "kind:remote_hfence_vvma", "kind:none", 'cause:"world switch"', "cause:Roll-Over",
        "scope:vmid", "scope:address", "scope:none", "hart:0", "hart:1..2", "hart>1",
        "redundant:yes", "redundant:no", "vmid:1", "vmid:0x1..0x2", "domain:2", "requester:1",
        "seq>10", "seq<=30", "cycles>=2", "dropped:0", "dropped>0", "targets:1..3", "accesses<3",
        "remote", "HFENCE.GVMA", '"new hart"', "sbi", "nowhere",
    )
)  # fmt: skip
FILTERS = st.lists(TERMS, max_size=4).map(" ".join)


def rows_of(events: list[ev.Event]) -> list[Row]:
    """The lines of a log with these events, numbered from 1, one dictionary a line."""
    rows: list[Row] = []
    given: dict[tuple[int, int], int] = {}
    for seq, event in enumerate(events, 1):
        if isinstance(event, ev.VmidAssigned):
            given[event.hart, event.vmid] = event.domain
        if isinstance(event, ev.FenceExecuted):
            what = {"type": "executed", "dropped": event.dropped, "requester": event.requester}
            what["redundant"] = "no" if event.dropped else "yes"
            what["label"] = "fence" if event.requester < 0 else "remote fence"
        elif isinstance(event, ev.RemoteFenceRequested):
            what = {"type": "requested", "targets": event.targets, "requester": event.hart}
            what["label"] = f"request {event.via}" if event.via != "none" else "not sent"
        elif isinstance(event, ev.StaleHit):
            what = {"type": "violation", "accesses": event.accesses, "kind": event.kind}
            what |= {"vmid": event.vmid, "domain": event.domain, "label": event.kind}
            what["owner"] = event.owner_domain
        else:
            continue
        if isinstance(event, (ev.FenceExecuted, ev.RemoteFenceRequested)):
            vmid = fence_vmid(event)
            owner = given.get((event.hart, vmid), given.get((-1, vmid))) if vmid is not None else -1
            kind = fence_kind(event)
            what |= {"kind": kind, "cause": event.cause, "cycles": event.cycles, "vmid": vmid}
            what |= {"scope": scope_of(kind), "domain": owner}
            mnemonic = "HFENCE.GVMA" if "gvma" in kind else "HFENCE.VVMA" if "vvma" in kind else ""
            what["label"] = f"{what['label']} {mnemonic} {kind} {event.cause} {what['scope']}"
        plain = {"scope": "none", "cause": "none", "redundant": "none", "requester": -1}
        rows.append(plain | {"seq": seq, "hart": event.hart} | what)
    return rows


def lets(wanted: Filter, besides: str = "") -> Callable[[Row], bool]:
    """Whether a row passes a filter, but for the terms of one key: rule by rule."""

    def passes(row: Row) -> bool:
        for key in {term.key for term in wanted.terms} - {besides}:
            terms = wanted.of(key)
            if key == "word":
                held = all(term.word in row["label"].casefold() for term in terms)
            elif isinstance(row.get(key), str):
                held = any(term.word == row[key].casefold() for term in terms)
            else:
                values = [row.get(key), row.get("owner") if key == "domain" else None]
                held = any(
                    value is not None and term.low <= value <= term.high
                    for term in terms
                    for value in values
                )
            if not held:
                return False
        return True

    return passes
