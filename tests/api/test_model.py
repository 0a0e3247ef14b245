"""GET /policies, /platforms, /schedules: what a machine may be made of."""

from __future__ import annotations

from simcore import policies
from simcore.hw.platform import PRESETS
from tests.api.client import Api, slug


def test_every_policy_is_listed_with_what_it_is_and_follows(shared_api: Api) -> None:
    items = shared_api.get("/policies").json()["items"]
    assert [item["name"] for item in items] == list(policies.names())
    assert all(item["summary"] and item["doc"] for item in items)
    by_name = {item["name"]: item for item in items}
    assert by_name["xen-riscv-head"]["scope"] == "per-hart"
    assert by_name["kvm-riscv"]["reserved"] == [0]
    assert by_name["xen-riscv-v2-posted"]["probes_vmidlen"] is False
    assert "v2 03/17" in by_name["xen-riscv-v2-posted"]["doc"]


def test_one_policy_is_the_same_as_in_the_list(shared_api: Api) -> None:
    listed = shared_api.get("/policies").json()["items"][0]
    assert shared_api.get(f"/policies/{listed['name']}").json() == listed


def test_unknown_policy_is_a_problem_that_names_the_known(shared_api: Api) -> None:
    response = shared_api.get("/policies/nope")
    assert (response.status_code, slug(response)) == (404, "policy-not-found")
    assert "'nope'" in response.json()["detail"]
    assert "kvm-riscv" in response.json()["detail"]


def test_every_platform_is_listed_with_its_parameters_and_their_sources(shared_api: Api) -> None:
    items = shared_api.get("/platforms").json()["items"]
    assert [item["name"] for item in items] == list(PRESETS)
    by_name = {item["name"]: item for item in items}
    assert by_name["rv32"]["vmidlen"] == [7, 7, 7, 7]
    assert by_name["rv32"]["vmidmax"] == 7
    assert by_name["rv32"]["g_mode"] == "Sv32x4"
    assert by_name["rv64-split"]["tlb"] == {
        "sets": 64,
        "ways": 8,
        "organisation": "split",
        "entries": 1024,
    }
    assert all(cost["source"] for item in items for cost in item["costs"].values())


def test_one_platform_is_the_same_as_in_the_list(shared_api: Api) -> None:
    listed = shared_api.get("/platforms").json()["items"][2]
    assert shared_api.get(f"/platforms/{listed['name']}").json() == listed


def test_unknown_platform_is_a_problem_that_names_the_known(shared_api: Api) -> None:
    response = shared_api.get("/platforms/rv128")
    assert (response.status_code, slug(response)) == (404, "platform-not-found")
    assert "cva6-h" in response.json()["detail"]


def test_shipped_schedule_is_listed_in_numbers(shared_api: Api) -> None:
    (first,) = shared_api.get("/schedules").json()["items"]
    assert first == {
        "name": "first-start",
        "format": "ftrace",
        "domains": 18,
        "cpus": [0, 1],
        "events": 7799,
        "entries": 3885,
        "span_ns": 10735782000,
        "lines": 6712,
        "skipped": {"comment": 12, "vCPU left without entering": 27},
    }


def test_faults_are_listed_with_what_goes_wrong(shared_api: Api) -> None:
    faults = {
        fault["name"]: fault["summary"] for fault in shared_api.get("/faults").json()["items"]
    }
    assert len(faults) == 17
    assert "exchanged" in faults["swapped-function-ids"]


def test_machine_keeps_its_switches(shared_api: Api) -> None:
    body = {
        "policy": "xen-arm-bitmap",
        "platform": {"preset": "rv64", "over_fences": True},
        "speculation": True,
        "faults": ["dropped-fence", "double-free"],
    }
    machine = shared_api.post("/machines", body).json()
    assert machine["platform"]["over_fences"] is True
    assert machine["speculation"] is True
    assert machine["faults"] == ["double-free", "dropped-fence"]


def test_unknown_fault_and_unsuitable_policy_are_problems(shared_api: Api) -> None:
    refused = shared_api.post("/machines", {"policy": "untagged", "faults": ["gremlins"]})
    assert refused.status_code == 422
    assert "'gremlins'; allowed: swapped-function-ids" in refused.json()["detail"]
    unsuitable = {"policy": "kvm-svm-asid", "platform": {"preset": "rv64", "vmidlen": 0}}
    refused = shared_api.post("/machines", unsuitable)
    assert refused.status_code == 422
    assert "kvm-svm-asid cannot run on this platform" in refused.json()["detail"]
