"""One hart looked at closely: its TLB place by place, its registers, and what runs on all harts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api, slug

PAGES = {"pages": [0, 1, 2, 3]}


@pytest.fixture(scope="module", params=["combined", "split"])
def filled(shared_api: Api, request: pytest.FixtureRequest) -> str:
    """Two domains whose guests touched four pages each on hart 0; the first is gone since."""
    tlb = {"sets": 8, "ways": 4, "organisation": request.param}
    path = shared_api.machine(
        "xen-riscv-v2-posted", platform={"harts": 2, "vmidlen": 4, "tlb": tlb}
    )
    for number, name in enumerate(("web", "db")):
        shared_api.post(f"{path}/domains", {"vcpus": 1, "name": name, "pages": 8})
        shared_api.post(f"{path}/domains/{number}/vcpus/0/run", {"hart": 0})
        shared_api.post(f"{path}/domains/{number}/vcpus/0/access", PAGES)
    shared_api.delete(f"{path}/domains/0")
    return path


def places(api: Api, path: str) -> list[dict[str, Any]]:
    """Every valid entry of hart 0, explained."""
    entries = api.get(f"{path}/harts/0/tlb").json()["entries"]
    answers = [
        api.get(f"{path}/harts/0/tlb/{e['structure']}/{e['set']}/{e['way']}") for e in entries
    ]
    assert [answer.json()["entry"] for answer in answers] == entries
    return [answer.json() for answer in answers]


def test_every_entry_is_explained_and_some_fence_removes_it(shared_api: Api, filled: str) -> None:
    for place in places(shared_api, filled):
        entry = place["entry"]
        owner = f"domain {entry['owner']['domain']} ({entry['owner']['name']})"
        assert place["because"][0].startswith(f"Filled by {owner} through its ")
        assert f"VMID {entry['vmid']}" in place["because"][0]
        assert place["because"][3].startswith("Stale:" if entry["stale"] else "Right for")
        assert len(place["removed_by"]) > 2
        assert all(fate["reason"] is None for fate in place["removed_by"])
        assert all(fate["reason"] for fate in place["kept_by"])
        assert "FENCE.I" in [fate["fence"] for fate in place["kept_by"]]


def test_hfence_gvma_leaves_vs_stage_entries_of_a_split_tlb(shared_api: Api, filled: str) -> None:
    kinds = set()
    for place in places(shared_api, filled):
        kind = place["entry"]["kind"]
        kinds.add(kind)
        removers = {fate["fence"].split()[0] for fate in place["removed_by"]}
        expected = {
            "combined": {"HFENCE.GVMA", "HFENCE.VVMA"},
            "VS-stage": {"HFENCE.VVMA"},
            "G-stage": {"HFENCE.GVMA"},
        }[kind]
        assert removers == expected
        if kind == "VS-stage":
            kept = {fate["fence"]: fate for fate in place["kept_by"]}
            spared = kept["HFENCE.GVMA x0, x0"]
            assert spared["reason"] == (
                "it acts on translations of the G-stage; this entry is a VS-stage one"
            )
            assert spared["norm"] == "norm:hfence-gvma_op"
    assert kinds in ({"combined"}, {"VS-stage", "G-stage"})


def test_place_without_an_entry_says_so(shared_api: Api, filled: str) -> None:
    structure = shared_api.get(f"{filled}/harts/1/tlb").json()["structures"][0]
    place = shared_api.get(f"{filled}/harts/1/tlb/{structure}/7/3").json()
    assert (place["entry"], place["removed_by"], place["kept_by"]) == (None, [], [])
    assert "No valid entry" in place["because"][0]


@pytest.mark.parametrize(
    ("place", "field", "allowed"),
    [
        ("L2/0/0", "structure", "this TLB has "),
        ("combined/8/0", "set", "0 to 7 is allowed"),
        ("combined/0/4", "way", "0 to 3 is allowed"),
        ("combined/-1/0", "set", "0 to 7 is allowed"),
    ],
)
def test_place_outside_the_tlb_is_refused(
    shared_api: Api, place: str, field: str, allowed: str
) -> None:
    tlb = {"sets": 8, "ways": 4}
    path = shared_api.machine(platform={"harts": 1, "vmidlen": 4, "tlb": tlb})
    answer = shared_api.get(f"{path}/harts/0/tlb/{place}")
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    error = answer.json()["errors"][0]
    assert error["loc"] == ["path", field]
    assert allowed in error["msg"]
    assert shared_api.get(f"{path}/harts/9/tlb/combined/0/0").status_code == 404


def test_window_of_sets_shows_its_entries_alone(shared_api: Api, filled: str) -> None:
    whole = shared_api.get(f"{filled}/harts/0/tlb").json()
    window = shared_api.get(f"{filled}/harts/0/tlb?first_set=1&sets=2").json()
    assert window["entries"] == [e for e in whole["entries"] if e["set"] in (1, 2)]
    assert 0 < len(window["entries"]) < len(whole["entries"])


def test_occupancy_is_what_the_harts_say(shared_api: Api, filled: str) -> None:
    harts = shared_api.get(f"{filled}/harts").json()["items"]
    columns = shared_api.get(f"{filled}/harts/occupancy").json()
    assert columns["harts"] == [hart["hart"] for hart in harts]
    assert columns["vmid"] == [hart["hgatp"]["vmid"] for hart in harts]
    assert columns["in_guest"] == [hart["in_guest"] for hart in harts]
    assert columns["domain"] == [hart["vcpu"] and hart["vcpu"]["domain"] for hart in harts]
    assert columns["domain"] == [1, None]


@pytest.mark.parametrize("register", ["hgatp", "vsatp"])
def test_register_has_a_rule_for_each_field(shared_api: Api, filled: str, register: str) -> None:
    shown = shared_api.get(f"{filled}/harts/0/registers/{register}").json()
    value = int(shown["value"], 16)
    assert sum(int(f["value"], 16) << f["low"] for f in shown["fields"]) == value
    assert shown["fields"][0]["high"] == shown["xlen"] - 1 == 63
    assert shown["fields"][-1]["low"] == 0
    assert all(f["norm"].startswith("norm:") and f["rule"].endswith(".") for f in shown["fields"])
    assert shared_api.get(f"{filled}/harts/0").json()[register]["value"] == shown["value"]


def test_asking_what_a_write_would_leave_changes_nothing(shared_api: Api, filled: str) -> None:
    before = shared_api.digest(filled)
    answer = shared_api.post(
        f"{filled}/harts/0/registers/hgatp/warl", {"value": "0x8001500000000003"}
    ).json()
    assert answer["read"] == "0x8000500000000000"
    assert [loss["norm"] for loss in answer["losses"]] == [
        "norm:hgatp_vmid_lsbs",
        "norm:hgatp_ppn_op",
    ]
    lost = [int(loss["mask"], 16) for loss in answer["losses"]]
    assert sum(lost) == int(answer["written"], 16) ^ int(answer["read"], 16)
    assert shared_api.digest(filled) == before


def test_rv32_register_has_its_own_layout(shared_api: Api) -> None:
    path = shared_api.machine(platform={"preset": "rv32", "harts": 1})
    fields = shared_api.get(f"{path}/harts/0/registers/hgatp").json()["fields"]
    assert [(f["field"], f["high"], f["low"]) for f in fields] == [
        ("MODE", 31, 31), ("reserved", 30, 29), ("VMID", 28, 22), ("PPN", 21, 0),
    ]  # fmt: skip
    answer = shared_api.post(f"{path}/harts/0/registers/vsatp/warl", {"value": "4294967296"})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    assert answer.json()["errors"][0]["msg"] == ("value is 4294967296; 0 to 0xffffffff is allowed")


@pytest.mark.parametrize("value", ["", "x", "-1", "0x", "0x11223344556677889"])
def test_value_that_is_no_register_value_is_refused(
    shared_api: Api, filled: str, value: str
) -> None:
    answer = shared_api.post(f"{filled}/harts/0/registers/hgatp/warl", {"value": value})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    assert answer.json()["errors"][0]["loc"] == ["body", "value"]
