"""What is in a machine: bitmap, harts, TLBs, fences, violations, counters; all of one truth."""

from __future__ import annotations

import struct
from collections import Counter
from typing import Any

import pytest

from simcore import policies
from tests.api.client import Api, slug

STATES = ["free", "stale", "flushing", "assigned", "running", "reserved", "violation"]
_STEPS = 3_000
_LENSES = ("owner", "generation", "age")


@pytest.fixture(scope="module", params=policies.names())
def replayed(shared_api: Api, request: pytest.FixtureRequest) -> str:
    """A machine well into the shipped recording, under each policy."""
    path = shared_api.machine(
        request.param, schedule="first-start", platform={"harts": 4, "vmidlen": 4}
    )
    shared_api.step(path, _STEPS)
    return path


def _lens(api: Api, address: str) -> list[int]:
    runs = api.get(address).json()["runs"]
    return [value for _, length, value in runs for _ in range(length)]


def _bytes(bitmap: dict[str, Any]) -> bytes:
    return b"".join(bytes([byte]) * length for _, length, byte in bitmap["runs"])


@pytest.mark.parametrize("hart", [None, 0, 1])
def test_bitmap_says_the_same_as_json_and_as_bytes(
    shared_api: Api, replayed: str, hart: int | None
) -> None:
    query = "" if hart is None else f"?hart={hart}"
    bitmap = shared_api.get(f"{replayed}/bitmap{query}").json()
    binary = shared_api.get(
        f"{replayed}/bitmap{query}", headers={"accept": "application/octet-stream"}
    )
    assert binary.headers["content-type"] == "application/octet-stream"
    assert binary.headers["x-seq"] == str(bitmap["seq"])
    assert binary.content == _bytes(bitmap)
    assert bitmap["states"] == STATES
    assert bitmap["size"] == len(binary.content) == 16
    assert bitmap["hart"] == hart
    counts = Counter(byte & 7 for byte in binary.content)
    assert bitmap["counts"] == {name: counts[n] for n, name in enumerate(STATES)}
    assert bitmap["aliased"] == sum(byte >> 3 & 1 for byte in binary.content)
    assert bitmap["in_hgatp"] == sum(byte >> 4 for byte in binary.content)
    firsts = [first for first, _, _ in bitmap["runs"]]
    assert firsts == sorted(set(firsts))


@pytest.mark.parametrize("hart", [None, 1])
@pytest.mark.parametrize("lens", ["owner", "generation", "age"])
def test_lens_says_the_same_as_json_and_as_bytes(
    shared_api: Api, replayed: str, lens: str, hart: int | None
) -> None:
    query = "" if hart is None else f"hart={hart}&"
    shown = shared_api.get(f"{replayed}/bitmap/{lens}?{query}").json()
    binary = shared_api.get(f"{replayed}/bitmap/{lens}?{query}format=binary")
    assert binary.headers["x-seq"] == str(shown["seq"])
    values = struct.unpack("<16d", binary.content)
    assert [v for _, length, value in shown["runs"] for v in [value] * length] == list(values)
    assert shown["none"] == values.count(-1)
    assert min(values) >= -1


@pytest.mark.parametrize("hart", ["", "?hart=2"])
def test_lenses_agree_with_owners_generations_and_events(
    shared_api: Api, replayed: str, hart: str
) -> None:
    machine = shared_api.get(replayed).json()
    owners = shared_api.get(f"{replayed}/bitmap{hart}").json()["owners"]
    shown = {lens: _lens(shared_api, f"{replayed}/bitmap/{lens}{hart}") for lens in _LENSES}
    held = {vmid for vmid, domain in enumerate(shown["owner"]) if domain >= 0}
    assert held == {int(vmid) for vmid in owners}
    assert all(shown["owner"][int(n)] == who[0]["domain"] for n, who in owners.items())
    assigned = [e for e in shared_api.history(replayed) if e["event"] == "VmidAssigned"]
    if not hart:
        given = {event["vmid"] & 15 for event in assigned}
        assert given <= {vmid for vmid, age in enumerate(shown["age"]) if age >= 0}
    assert max(shown["age"]) <= machine["now_ns"]
    generations = {h["generation"] for h in shared_api.get(f"{replayed}/harts").json()["items"]}
    if generations == {None}:
        assert set(shown["generation"]) == {-1}
    elif assigned and not hart:
        assert 0 in shown["generation"]


@pytest.mark.parametrize("route", ["bitmap", "bitmap/owner", "maps"])
def test_format_is_asked_for_in_the_address_or_by_accept(shared_api: Api, route: str) -> None:
    path = f"{shared_api.machine()}/{route}"
    if route == "maps":
        body = {"a": "untagged", "b": "kvm-riscv", "schedule": "first-start"}
        path = f"/comparisons/{shared_api.post('/comparisons', body).json()['id']}/maps"
    octets = {"accept": "application/octet-stream"}
    for format, headers, kind in (
        (None, {}, "application/json"),
        (None, octets, octets["accept"]),
        ("binary", {}, octets["accept"]),
        ("json", octets, "application/json"),
    ):
        answer = shared_api.get(path, params={"format": format} if format else {}, headers=headers)
        assert (answer.headers["content-type"], answer.headers["vary"]) == (kind, "Accept")
    by_address = shared_api.get(f"{path}?format=binary").content
    assert by_address == shared_api.get(path, headers=octets).content != b""


def test_bitmap_that_a_client_has_is_not_sent_again(shared_api: Api) -> None:
    path = shared_api.machine(platform={"harts": 2, "vmidlen": 4})
    first = shared_api.get(f"{path}/bitmap")
    machine = path.rpartition("/")[2]
    assert first.headers["etag"] == f'"{machine}-{first.json()["seq"]}-all-json"'
    held = {"if-none-match": f'"other", {first.headers["etag"]}'}
    unchanged = shared_api.get(f"{path}/bitmap", headers=held)
    assert (unchanged.status_code, unchanged.headers["vary"]) == (304, "Accept")
    assert shared_api.get(f"{path}/bitmap?hart=0", headers=held).status_code == 200
    shared_api.post(f"{path}/domains", {"vcpus": 1})
    assert shared_api.get(f"{path}/bitmap", headers=held).status_code == 200


def test_bitmap_in_another_format_is_another_version(shared_api: Api) -> None:
    """RFC 9110, 8.8.1: a strong validator differs between two representations in use."""
    path = shared_api.machine(platform={"harts": 2, "vmidlen": 4})
    as_json, as_bytes = f"{path}/bitmap?format=json", f"{path}/bitmap?format=binary"
    for have, want in ((as_json, as_bytes), (as_bytes, as_json)):
        held = {"if-none-match": shared_api.get(have).headers["etag"]}
        assert shared_api.get(have, headers=held).status_code == 304
        assert shared_api.get(want, headers=held).status_code == 200


def test_cell_follows_its_domain_from_free_to_running_to_stale(shared_api: Api) -> None:
    path = shared_api.machine(platform={"harts": 1, "vmidlen": 4})

    def cell() -> str:
        return STATES[shared_api.get(f"{path}/bitmap?format=binary").content[0] & 7]

    seen = [cell()]
    shared_api.post(f"{path}/domains", {"vcpus": 1, "name": "web"})
    seen.append(cell())
    owners = shared_api.get(f"{path}/bitmap").json()["owners"]
    assert owners == {"0": [{"domain": 0, "name": "web", "vcpu": None}]}
    shared_api.step(path, 3)
    seen.append(cell())
    shared_api.delete(f"{path}/domains/0")
    seen.append(cell())
    assert seen == ["free", "assigned", "running", "stale"]


def test_running_cells_are_the_vmids_in_hgatp_of_harts_in_guest_mode(
    shared_api: Api, replayed: str
) -> None:
    harts = shared_api.get(f"{replayed}/harts").json()["items"]
    cells = shared_api.get(f"{replayed}/bitmap?format=binary").content
    running = {n for n, byte in enumerate(cells) if STATES[byte & 7] == "running"}
    in_guest = {hart["hgatp"]["vmid"] for hart in harts if hart["in_guest"]}
    wrong = {n for n, byte in enumerate(cells) if STATES[byte & 7] == "violation"}
    assert running == in_guest - wrong
    assert {n for n, byte in enumerate(cells) if byte & 0x10} == in_guest


def test_hart_card_agrees_with_registers_domains_and_tlb(shared_api: Api, replayed: str) -> None:
    harts = shared_api.get(f"{replayed}/harts").json()["items"]
    assert [hart["hart"] for hart in harts] == [0, 1, 2, 3]
    domains = {d["id"]: d for d in shared_api.get(f"{replayed}/domains").json()["items"]}
    for hart in harts:
        assert shared_api.get(f"{replayed}/harts/{hart['hart']}").json() == hart
        tlb = shared_api.get(f"{replayed}/harts/{hart['hart']}/tlb").json()
        fill = Counter((entry["owner"]["domain"], entry["stale"]) for entry in tlb["entries"])
        shown = {(f["domain"], f["wrong"]): f["entries"] for f in hart["tlb"]["fill"]}
        assert shown == fill
        assert hart["tlb"]["valid"] == len(tlb["entries"])
        value = int(hart["hgatp"]["value"], 16)
        assert hart["hgatp"]["vmid"] == value >> 44 & 0x3FFF
        assert hart["hgatp"]["vmid"] == hart["hgatp"]["programmed_vmid"] & 15
        assert sum(int(f["value"], 16) << f["low"] for f in hart["hgatp"]["fields"]) == value
        vcpu = hart["vcpu"]
        if vcpu is not None:
            placed = domains[vcpu["domain"]]["vcpus"][vcpu["vcpu"]]
            assert (placed["hart"], placed["in_guest"]) == (hart["hart"], hart["in_guest"])


def test_entries_of_dead_domains_and_old_mappings_are_shown_as_wrong(shared_api: Api) -> None:
    path = shared_api.machine(platform={"harts": 1, "vmidlen": 4})
    for name in ("a", "b"):
        shared_api.post(f"{path}/domains", {"vcpus": 1, "name": name, "pages": 8})
    for number in (0, 1):
        shared_api.post(f"{path}/domains/{number}/vcpus/0/run", {"hart": 0})
        pages = {"pages": [0, 1, 2, 3]}
        shared_api.post(f"{path}/domains/{number}/vcpus/0/access", pages)
    shared_api.delete(f"{path}/domains/0")
    shared_api.post(f"{path}/domains/1/unmap", {"first": 3})
    fill = shared_api.get(f"{path}/harts/0").json()["tlb"]["fill"]
    assert fill == [
        {"domain": 0, "name": "a", "entries": 4, "wrong": True},
        {"domain": 1, "name": "b", "entries": 3, "wrong": False},
        {"domain": 1, "name": "b", "entries": 1, "wrong": True},
    ]


def test_vmid_longer_than_the_field_shows_as_programmed_and_as_read(shared_api: Api) -> None:
    """The posted patch does not probe VMIDLEN: its id 2 is id 0 where one bit is implemented."""
    path = shared_api.machine("xen-riscv-v2-posted", platform={"harts": 1, "vmidlen": 1})
    for _ in range(3):
        shared_api.post(f"{path}/domains", {"vcpus": 1})
    shared_api.post(f"{path}/domains/2/vcpus/0/run", {"hart": 0})
    hgatp = shared_api.get(f"{path}/harts/0").json()["hgatp"]
    assert (hgatp["programmed_vmid"], hgatp["vmid"]) == (2, 0)
    bitmap = shared_api.get(f"{path}/bitmap").json()
    assert bitmap["aliased"] == 1
    assert [owner["domain"] for owner in bitmap["owners"]["0"]] == [0, 2]


def test_unknown_hart_is_a_problem_on_every_address(shared_api: Api, replayed: str) -> None:
    for address in ("/harts/9", "/harts/9/tlb"):
        response = shared_api.get(replayed + address)
        assert (response.status_code, slug(response)) == (404, "hart-not-found")
        assert response.json()["detail"] == "hart is 9; the harts: 0, 1, 2, 3"
    for address in ("/bitmap?hart=9", "/flushes?hart=9", "/bitmap?hart=-1"):
        response = shared_api.get(replayed + address)
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert response.json()["errors"][0]["loc"] == ["query", "hart"]


def test_counters_are_sums_over_the_events(shared_api: Api, replayed: str) -> None:
    events = shared_api.history(replayed)
    metrics = shared_api.get(f"{replayed}/metrics").json()
    machine = shared_api.get(replayed).json()
    seq, now_ns = metrics.pop("seq"), metrics.pop("now_ns")
    assert machine["metrics"] == metrics
    assert [event["seq"] for event in events] == list(range(1, seq + 1))
    assert machine["now_ns"] == now_ns
    names = Counter(event["event"] for event in events)
    assert metrics["guest_entries"] == names["GuestEntered"]
    assert metrics["world_switches"] == names["WorldSwitched"]
    assert metrics["domains_created"] == names["DomainCreated"]
    assert metrics["ids_assigned"] == names["VmidAssigned"]
    assert metrics["rollovers"] == names["GenerationRolledOver"]
    accessed = [event for event in events if event["event"] == "PagesAccessed"]
    assert metrics["tlb_hits"] == sum(event["hits"] for event in accessed)
    assert metrics["accesses"] == metrics["tlb_hits"] + metrics["tlb_misses"]
    fences = [e for e in events if e["event"] == "FenceExecuted" and e["cause"] != "boot"]
    assert metrics["entries_dropped"] == sum(event["dropped"] for event in fences)
    assert metrics["local_fences"] == sum(event["requester"] < 0 for event in fences)
    wrong: Counter[str] = Counter()
    for event in events:
        if event["event"] == "StaleHit":
            wrong[event["kind"]] += event["accesses"]
    assert metrics["violations"] == {kind: wrong[kind] for kind in metrics["violations"]}


def test_violations_are_the_stale_hits_newest_first(shared_api: Api, replayed: str) -> None:
    hits = [event for event in shared_api.history(replayed) if event["event"] == "StaleHit"]
    listed = shared_api.follow(f"{replayed}/violations?limit=7")
    assert [{k: v for k, v in item.items() if k != "sentence"} for item in listed] == hits[::-1]
    for kind in ("cross-domain", "cross-vcpu", "stale-mapping"):
        of_kind = shared_api.follow(f"{replayed}/violations?kind={kind}&limit=3")
        assert of_kind == [item for item in listed if item["kind"] == kind]


def test_machine_is_read_at_one_moment(shared_api: Api, replayed: str) -> None:
    machine = shared_api.get(replayed).json()
    assert machine["steps"] == _STEPS
    assert machine["playback"]["position"] == _STEPS
    assert machine["domains"] == len(shared_api.get(f"{replayed}/domains").json()["items"])
    assert shared_api.digest(replayed)["seq"] == machine["seq"]
