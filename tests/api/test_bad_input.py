"""Bad input is a problem that names field, value and what is allowed; nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.client import Api, slug

JSON = {"content-type": "application/json"}


@pytest.fixture
def machine(shared_api: Api) -> Iterator[str]:
    """A machine with four harts, domain 0 destroyed, domain 1 of two vCPUs; it must not change."""
    path = shared_api.machine("xen-riscv-head", platform={"harts": 4, "vmidlen": 3})
    shared_api.post(f"{path}/domains", {"vcpus": 1})
    shared_api.post(f"{path}/domains", {"vcpus": 2, "pages": 8})
    shared_api.delete(f"{path}/domains/0")
    shared_api.step(path, 12)
    before = shared_api.digest(path), shared_api.get(path).json()
    yield path
    assert (shared_api.digest(path), shared_api.get(path).json()) == before
    shared_api.delete(path)


D1 = "/domains/1"
V0 = "/domains/1/vcpus/0"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "says"),
    [
        ("/domains", {"vcpus": 0}, 422, "invalid-request", ("vcpus is 0", "1")),
        ("/domains", {"vcpus": 257}, 422, "invalid-request", ("vcpus is 257", "256")),
        ("/domains", {"vcpus": "2"}, 422, "invalid-request", ("vcpus is '2'", "integer")),
        ("/domains", {"vcpus": True}, 422, "invalid-request", ("vcpus is True", "integer")),
        ("/domains", {"vcpus": 1.5}, 422, "invalid-request", ("vcpus is 1.5", "integer")),
        ("/domains", {}, 422, "invalid-request", ("vcpus is missing",)),
        ("/domains", [], 422, "invalid-request", ("body is []",)),
        ("/domains", {"vcpus": 1, "cpus": 2}, 422, "invalid-request", ("cpus is 2", "permitted")),
        ("/domains", {"vcpus": 1, "name": ""}, 422, "invalid-request", ("name is ''", "1")),
        ("/domains", {"vcpus": 1, "name": "x" * 65}, 422, "invalid-request", ("name is", "64")),
        ("/domains", {"vcpus": 1, "name": "a\nb"}, 422, "invalid-request", ("name is 'a\\nb'",)),
        ("/domains", {"vcpus": 1, "pages": 0}, 422, "invalid-request", ("pages is 0", "1")),
        (
            "/domains",
            {"vcpus": 256, "pages": 1 << 20},
            422,
            "invalid-request",
            ("pages is 1048576 for 256 vCPUs; 16384 is allowed",),
        ),
        (f"{V0}/migrate", {"hart": 9}, 422, "invalid-request", ("hart is 9", "0, 1, 2, 3")),
        (f"{V0}/run", {"hart": 4}, 422, "invalid-request", ("hart is 4", "0, 1, 2, 3")),
        (f"{V0}/run", {"hart": -1}, 422, "invalid-request", ("hart is -1", "0")),
        (f"{V0}/access", {"pages": []}, 422, "invalid-request", ("pages is []", "1")),
        (f"{V0}/access", {"pages": [8]}, 422, "invalid-request", ("pages is 8", "0 to 7")),
        (f"{V0}/access", {"pages": [0] * 4097}, 422, "invalid-request", ("4096",)),
        ("/domains/1/vcpus/2/run", {"hart": 0}, 404, "vcpu-not-found", ("vcpu is 2", "0 to 1")),
        ("/domains/1/vcpus/-1/run", {"hart": 0}, 404, "vcpu-not-found", ("vcpu is -1",)),
        ("/domains/1/vcpus/x/run", {"hart": 0}, 422, "invalid-request", ("vcpu is 'x'",)),
        ("/domains/0/vcpus/0/run", {"hart": 0}, 404, "domain-not-found", ("was destroyed",)),
        ("/domains/7/vcpus/0/run", {"hart": 0}, 404, "domain-not-found", ("domain is 7", "1")),
        (f"{D1}/unmap", {"first": 8}, 422, "invalid-request", ("first is 8", "0 to 7")),
        (f"{D1}/unmap", {"first": 6, "count": 3}, 422, "invalid-request", ("count is 3", "1 to 2")),
        (f"{D1}/unpause", None, 409, "domain-state", ("domain 1 is runnable",)),
        ("/step", {"count": 0}, 422, "invalid-request", ("count is 0", "1")),
        ("/step", {"count": 100_001}, 422, "invalid-request", ("count is 100001", "100000")),
        ("/step", {"count": 10**30}, 422, "invalid-request", ("count is 1000",)),
    ],
)
def test_bad_command_is_a_problem_and_changes_nothing(
    shared_api: Api, machine: str, path: str, body: Any, status: int, kind: str, says: tuple[str]
) -> None:
    response = shared_api.post(machine + path, body)
    assert (response.status_code, slug(response)) == (status, kind)
    for part in says:
        assert part in response.json()["detail"]


@pytest.mark.parametrize("path", ["/domains/0", "/domains/5", "/domains/99999999999999999999"])
def test_unknown_domain_is_not_found(shared_api: Api, machine: str, path: str) -> None:
    for method in ("GET", "DELETE"):
        response = shared_api.request(method, machine + path)
        assert (response.status_code, slug(response)) == (404, "domain-not-found")


@pytest.mark.parametrize("speed", [0.05, 1e9, "fast", None])
def test_bad_clock_leaves_the_machine_paused(shared_api: Api, machine: str, speed: object) -> None:
    body = {"running": "yes"} if speed is None else {"running": True, "speed": speed}
    response = shared_api.put(f"{machine}/clock", body)
    assert (response.status_code, slug(response)) == (422, "invalid-request")


@pytest.mark.parametrize(
    "content",
    [b"{", b'{"vcpus": 1', b"nonsense", b"\xff\xfe", b'{"vcpus": 1}}'],
)
def test_body_that_is_no_json_is_a_problem(shared_api: Api, machine: str, content: bytes) -> None:
    response = shared_api.post(f"{machine}/domains", content=content, headers=JSON)
    assert (response.status_code, slug(response)) == (400, "malformed-json")
    assert response.json()["errors"][0]["loc"] == ["body"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"vcpus": 1, "name": "\xff"}', " at byte 22: not utf-8, invalid start byte"),
        (b"\xff\xfe{", " at byte 2: not utf-16-le, truncated data"),
        (b"[" * 100_000, ": lists and objects are nested too deeply"),
        (b'{"vcpus": ' + b"9" * 5000 + b"}", ": Exceeds the limit (4300 digits) for integer"),
    ],
    ids=["no UTF-8", "no UTF-16", "brackets", "digits"],
)
def test_body_that_cannot_be_read_at_all_is_no_json(
    shared_api: Api, machine: str, content: bytes, says: str
) -> None:
    response = shared_api.post(f"{machine}/domains", content=content, headers=JSON)
    assert (response.status_code, slug(response)) == (400, "malformed-json")
    assert response.json()["detail"].startswith(f"body is not JSON{says}")
    assert response.json()["errors"][0]["loc"] == ["body"]


def test_body_that_is_left_out_is_a_problem(shared_api: Api, machine: str) -> None:
    response = shared_api.post(f"{machine}/domains", content=b"", headers=JSON)
    assert (response.status_code, slug(response)) == (422, "invalid-request")


def test_invalid_json_is_told_with_its_place(shared_api: Api, machine: str) -> None:
    response = shared_api.post(f"{machine}/domains", content=b'{"vcpus" 1}', headers=JSON)
    assert (response.status_code, slug(response)) == (400, "malformed-json")
    assert response.json()["detail"].startswith("body is not JSON at byte 9")


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_number_that_is_none_is_a_problem(shared_api: Api, machine: str, value: bytes) -> None:
    content = b'{"running": true, "speed": ' + value + b"}"
    response = shared_api.request("PUT", f"{machine}/clock", content=content, headers=JSON)
    assert (response.status_code, slug(response)) == (422, "invalid-request")


def test_text_that_is_no_unicode_is_a_problem(shared_api: Api, machine: str) -> None:
    for content in (b'{"vcpus": 1, "\\ud800": 1}', b'{"vcpus": 1, "name": "\\ud800"}'):
        response = shared_api.post(f"{machine}/domains", content=content, headers=JSON)
        assert (response.status_code, slug(response)) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("body", "loc", "says"),
    [
        ({}, ["body", "policy"], "policy is missing"),
        ({"policy": "nope"}, ["body", "policy"], "policy is 'nope'; allowed: "),
        ({"policy": "untagged", "preset": "x"}, ["body", "platform"], "platform is 'x'; allowed: "),
        (
            {"policy": "untagged", "preset": "rv64", "platform": "rv64"},
            ["body", "preset"],
            "preset is given beside platform",
        ),
        (
            {"policy": "untagged", "platform": {"vmidlen": 15}},
            ["body", "platform", "vmidlen"],
            "vmidlen is 15; allowed is 0 to 14 on RV64",
        ),
        (
            {"policy": "untagged", "platform": {"preset": "rv32", "vmidlen": 8}},
            ["body", "platform", "vmidlen"],
            "vmidlen is 8; allowed is 0 to 7 on RV32",
        ),
        (
            {"policy": "untagged", "platform": {"vmidlen": [1, 2]}},
            ["body", "platform", "vmidlen"],
            "vmidlen has 2 values; 4 (one a hart) is allowed",
        ),
        (
            {"policy": "untagged", "platform": {"harts": 2, "hart_ids": [0]}},
            ["body", "platform", "harts"],
            "harts is given beside hart_ids",
        ),
        (
            {"policy": "untagged", "platform": {"hart_ids": [1, 0]}},
            ["body", "platform", "hart_ids"],
            "hart_ids are [1, 0]; ascending",
        ),
        (
            {"policy": "untagged", "platform": {"tlb": {"sets": 3}}},
            ["body", "platform", "tlb", "sets"],
            "tlb.sets is 3; a power of two",
        ),
        (
            {"policy": "untagged", "platform": {"asidlen": 17}},
            ["body", "platform", "asidlen"],
            "asidlen is 17; allowed is 0 to 16 on RV64",
        ),
        (
            {"policy": "untagged", "platform": {"costs": {"nap_cycles": 1}}},
            ["body", "platform", "costs"],
            "costs has 'nap_cycles'; allowed: csr_write_cycles, ",
        ),
        (
            {"policy": "untagged", "platform": {"costs": {"ipi_cycles": -1}}},
            ["body", "platform", "costs", "ipi_cycles"],
            "costs.ipi_cycles is -1; 0 to 1000000 is allowed",
        ),
        (
            {"policy": "untagged", "platform": {"harts": 1024, "tlb": {"sets": 4096}}},
            ["body", "platform", "tlb"],
            "tlb has 32768 entries on each of 1024 harts; 1048576 in all are allowed",
        ),
        ({"policy": "untagged", "seed": -1}, ["body", "seed"], "seed is -1; "),
        (
            {"policy": "untagged", "schedule": "mine"},
            ["body", "schedule"],
            "schedule is 'mine'; allowed: first-start",
        ),
        (
            {"policy": "untagged", "schedule": "first-start", "platform": {"harts": 1}},
            ["body", "platform", "harts"],
            "harts is 1; the recording runs on 2 CPUs",
        ),
        (
            {"policy": "untagged", "guests": {"accesses_per_us": 1000}, "quantum_ns": 10**9},
            ["body", "guests", "accesses_per_us"],
            "1000000 is allowed",
        ),
        (
            {"policy": "untagged", "platform": "rv32", "guests": {"page_size": "2M"}},
            ["body", "guests", "page_size"],
            "guests.page_size is '2M'; platform rv32 has Sv32x4",
        ),
        ({"policy": "untagged", "loops": True}, ["body", "loops"], "loops is True; "),
        (
            {"policy": "untagged", "platform": {"preset": "rv64", "harts": "abc"}},
            ["body", "platform", "harts"],
            "platform.harts is 'abc'; ",
        ),
    ],
)
def test_bad_machine_is_a_problem_at_its_field(
    shared_api: Api, body: dict[str, Any], loc: list[str], says: str
) -> None:
    before = shared_api.get("/machines").json()
    response = shared_api.post("/machines", body)
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    assert response.json()["errors"][0]["loc"] == loc
    assert says in response.json()["detail"]
    assert shared_api.get("/machines").json() == before


@pytest.mark.parametrize("chunked", [False, True])
def test_body_of_ten_megabytes_is_refused_however_it_comes(
    shared_api: Api, machine: str, chunked: bool
) -> None:
    async def parts() -> Any:
        for _ in range(100):
            yield b" " * 100_000

    content = parts() if chunked else b" " * 10_000_000
    response = shared_api.post(f"{machine}/domains", content=content, headers=JSON)
    assert (response.status_code, slug(response)) == (413, "body-too-large")
    assert "1048576 is allowed" in response.json()["detail"]


def test_body_of_a_megabyte_is_read(shared_api: Api, machine: str) -> None:
    content = b'{"vcpus": 0' + b" " * 1_048_000 + b"}"
    response = shared_api.post(f"{machine}/domains", content=content, headers=JSON)
    assert (response.status_code, slug(response)) == (422, "invalid-request")
