"""The event log keeps every event, finds by filter, and stays within its limit."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.event_log import (
    CHUNK_EVENTS,
    EventLog,
    FenceSummary,
    Log,
    Logged,
    decode,
    encode,
    fence_kind,
    fence_vmid,
    summarise_fences,
)
from simcore import events as ev

_VALUES: dict[object, object] = {int: 2**63, str: "word", bool: True, tuple[int, ...]: (1, 2)}


def _tick(number: int) -> ev.Event:
    return ev.GuestEntered(number, number % 3, 1, 0, 5)


def _fence(number: int, hart: int = 0, vmid: int = 1) -> ev.FenceExecuted:
    return ev.FenceExecuted(number, hart, "hfence_gvma_vmid", -1, vmid, -1, "roll-over", -1, 4, 100)


@pytest.mark.parametrize("kind", get_args(ev.Event))
def test_event_of_every_kind_comes_back_as_it_was(kind: Any) -> None:
    hints = get_type_hints(kind)
    event = kind(*(_VALUES[hints[field]] for field in kind._fields))
    entries: list[Logged] = [(7, event), (9, event)]
    back = decode(encode(entries))
    assert back == entries
    assert [type(event) for _, event in back] == [kind, kind]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 3 * CHUNK_EVENTS), min_size=1, max_size=5),
    st.data(),
)
def test_log_reads_like_a_list_in_both_directions(sizes: list[int], data: st.DataObject) -> None:
    log, everything = EventLog(1 << 30), list[Logged]()
    for size in sizes:
        events = [_tick(len(everything) + n) for n in range(size)]
        everything += enumerate(events, len(everything) + 1)
        log.append(events)
    assert log.seq == len(everything)
    place = data.draw(st.integers(0, len(everything) + 1))
    assert list(log.events.ascending(place)) == everything[place:]
    assert list(log.events.descending(place)) == everything[: max(0, place - 1)][::-1]
    assert list(log.events.descending(None)) == everything[::-1]


def test_newest_events_are_not_encoded() -> None:
    log = EventLog(1 << 30)
    log.append([_tick(n) for n in range(2 * CHUNK_EVENTS - 1)])
    assert log.events.bytes == 0
    log.append([_tick(0)])
    assert 0 < log.events.bytes < 20 * CHUNK_EVENTS


def test_oldest_events_go_when_the_log_is_full() -> None:
    log = EventLog(60_000)
    for _ in range(40):
        log.append([_tick(n) for n in range(CHUNK_EVENTS)])
    assert log.events.bytes <= 60_000
    assert log.events.expired > 0
    assert log.events.expired % CHUNK_EVENTS == 0
    first = next(log.events.ascending(0))
    assert first[0] == log.events.expired + 1
    assert len(list(log.events.ascending(0))) == log.seq - log.events.expired


def test_fences_and_violations_are_found_without_decoding_all_events() -> None:
    log = EventLog(1 << 30)
    hit = ev.StaleHit(5, 1, 2, 0, "cross-domain", 3, 9, 1, 1, 0)
    log.append([_tick(0), _fence(1), hit, _tick(2), _fence(3)])
    assert [seq for seq, _ in log.fences.ascending(0)] == [2, 5]
    assert list(log.violations.descending(None)) == [(3, hit)]


def test_chunks_that_cannot_match_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(1 << 30, summarise_fences)
    for hart in range(4):
        log.append([(hart * CHUNK_EVENTS + n + 1, _fence(n, hart)) for n in range(CHUNK_EVENTS)])
    decoded: list[bytes] = []

    def note(content: bytes) -> list[Logged]:
        decoded.append(content)
        return decode(content)

    monkeypatch.setattr("app.event_log.decode", note)

    def on_hart_one(summary: object) -> bool:
        assert isinstance(summary, FenceSummary)
        return 1 in summary.harts

    found = [event for _, event in log.ascending(0, on_hart_one)]
    assert len(decoded) == 1
    assert {event.hart for event in found if isinstance(event, ev.FenceExecuted)} >= {1}


def test_summary_names_what_is_in_a_chunk() -> None:
    entries: list[Logged] = [(n + 1, _fence(n, n % 2, 300)) for n in range(10)]
    assert summarise_fences(entries) == FenceSummary(
        0,
        9,
        frozenset({0, 1}),
        frozenset({"hfence_gvma_vmid"}),
        frozenset({"roll-over"}),
        frozenset({300}),
    )
    many: list[Logged] = [(n + 1, _fence(n, 0, n)) for n in range(257)]
    assert summarise_fences(many).vmids is None


def test_vmid_of_a_fence_is_the_one_it_is_about() -> None:
    everything = ev.FenceExecuted(0, 0, "hfence_gvma", -1, -1, -1, "boot", -1, 0, 1)
    by_asid = ev.FenceExecuted(0, 0, "hfence_vvma_asid", -1, 7, 3, "c", -1, 0, 1)
    request = ev.RemoteFenceRequested(0, 0, "remote_hfence_gvma_vmid", "sbi", 1, 0, 6, 1, 0, "c", 1)
    nothing = ev.RemoteFenceRequested(0, 0, "none", "none", 0, 0, -1, 0, -22, "c", 0)
    fences = (_fence(0, 0, 5), everything, by_asid, request, nothing)
    assert [fence_vmid(fence) for fence in fences] == [5, None, 3, 6, None]
    assert fence_kind(nothing) == "none"


def test_events_that_expired_are_a_problem(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.api.client import running, slug

    with running(tmp_path_factory.mktemp("data"), log_bytes=20_000) as api:
        path = api.machine("untagged", platform={"harts": 1}, guests={"accesses_per_us": 0})
        api.post(f"{path}/domains", {"vcpus": 2})
        api.step(path, 6_000)
        response = api.get(f"{path}/history")
        assert (response.status_code, slug(response)) == (410, "events-expired")
        oldest = int(response.json()["detail"].partition("kept is ")[2].partition(",")[0])
        page = api.get(f"{path}/history?after={oldest - 1}&limit=1").json()
        assert page["items"][0]["seq"] == oldest
        newest = api.follow(f"{path}/history?after={oldest - 1}")[-1]
        assert newest["seq"] == api.get(path).json()["seq"]
