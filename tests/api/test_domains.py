"""/machines/{id}/domains and their vCPUs."""

from __future__ import annotations

import pytest

from simcore import policies
from tests.api.client import Api, slug

TWO_HARTS = {"harts": 2, "vmidlen": 4}


def test_created_domain_has_its_vmid_and_is_found_at_its_location(api: Api) -> None:
    path = api.machine(platform=TWO_HARTS)
    created = api.post(f"{path}/domains", {"vcpus": 2, "name": "web", "pages": 16})
    assert created.status_code == 201
    assert created.headers["location"] == f"/api/v1{path}/domains/0"
    assert api.get(f"/{created.headers['location']}").json() == created.json()
    assert created.json() == {
        "id": 0,
        "name": "web",
        "state": "runnable",
        "driven_by": "run queue",
        "pages": 16,
        "p2m_version": 0,
        "vmids": [{"vmid": 0, "hart": None, "vcpu": None, "generation": None}],
        "vcpus": [
            {"index": i, "asid": i + 1, "hart": None, "last_hart": None, "in_guest": False,
             "accesses": 0}
            for i in range(2)
        ],
        "dirty_harts": [],
    }  # fmt: skip


def test_per_hart_scheme_shows_each_vcpu_s_vmid_and_generation_once_it_ran(api: Api) -> None:
    path = api.machine("xen-riscv-head", platform=TWO_HARTS)
    domain = api.post(f"{path}/domains", {"vcpus": 2}).json()
    assert domain["vmids"] == []
    api.step(path, 4)
    (domain,) = api.get(f"{path}/domains").json()["items"]
    assert domain["vmids"] == [
        {"vmid": 1, "hart": 0, "vcpu": 0, "generation": 1},
        {"vmid": 1, "hart": 1, "vcpu": 1, "generation": 1},
    ]
    assert [(v["hart"], v["in_guest"]) for v in domain["vcpus"]] == [(0, True), (1, True)]
    assert domain["dirty_harts"] == [0, 1]


def test_full_pool_is_a_problem_of_its_own_and_is_counted(api: Api) -> None:
    path = api.machine("xen-riscv-v2-reviewed", platform={"harts": 1, "vmidlen": 2})
    answers = [api.post(f"{path}/domains", {"vcpus": 1}) for _ in range(6)]
    created = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len(created) + len(refused) == 6
    assert refused
    assert {slug(answer) for answer in refused} == {"vmid-pool-exhausted"}
    metrics = api.get(f"{path}/metrics").json()
    assert metrics["domains_refused"] == len(refused)
    assert len(api.get(f"{path}/domains").json()["items"]) == len(created)
    api.delete(f"{path}/domains/0")
    assert api.post(f"{path}/domains", {"vcpus": 1}).status_code == 201


def test_pause_takes_vcpus_off_their_harts_and_unpause_lets_them_run(api: Api) -> None:
    path = api.machine(platform=TWO_HARTS)
    api.post(f"{path}/domains", {"vcpus": 2})
    api.step(path, 4)
    paused = api.post(f"{path}/domains/0/pause").json()
    assert paused["state"] == "paused"
    assert [vcpu["hart"] for vcpu in paused["vcpus"]] == [None, None]
    again = api.post(f"{path}/domains/0/pause")
    assert (again.status_code, slug(again)) == (409, "domain-state")
    assert again.json()["detail"] == "domain 0 is paused; a runnable one is allowed"
    assert api.post(f"{path}/domains/0/unpause").json()["state"] == "runnable"
    assert slug(api.post(f"{path}/domains/0/unpause")) == "domain-state"


def test_unmap_bumps_the_version_of_the_p2m(api: Api) -> None:
    path = api.machine("kvm-riscv", platform=TWO_HARTS)
    api.post(f"{path}/domains", {"vcpus": 1, "pages": 8})
    assert api.post(f"{path}/domains/0/unmap", {"first": 2, "count": 3}).json()["p2m_version"] == 1
    assert api.post(f"{path}/domains/0/unmap", {"first": 7}).json()["p2m_version"] == 2
    beyond = api.post(f"{path}/domains/0/unmap", {"first": 7, "count": 2})
    assert (beyond.status_code, slug(beyond)) == (422, "invalid-request")
    assert beyond.json()["errors"][0]["loc"] == ["body", "count"]


def test_migrated_vcpu_goes_on_on_the_other_hart(api: Api) -> None:
    path = api.machine(platform=TWO_HARTS)
    api.post(f"{path}/domains", {"vcpus": 1})
    api.step(path, 2)
    moved = api.post(f"{path}/domains/0/vcpus/0/migrate", {"hart": 1}).json()
    assert (moved["vcpus"][0]["hart"], moved["dirty_harts"]) == (1, [1])
    assert api.get(f"{path}/metrics").json()["migrations"] == 1


def test_stale_entry_of_a_destroyed_domain_serves_the_next_one(api: Api) -> None:
    """The hazard of the patch as posted: an id is used again and nothing was fenced."""
    path = api.machine("xen-riscv-v2-posted", platform={"harts": 1, "vmidlen": 4})
    api.post(f"{path}/domains", {"vcpus": 1, "name": "old"})
    api.post(f"{path}/domains/0/vcpus/0/run", {"hart": 0})
    first = api.post(f"{path}/domains/0/vcpus/0/access", {"pages": [3, 4, 3]}).json()
    assert first == {"hits": 1, "misses": 2, "violations": []}
    api.delete(f"{path}/domains/0")
    new = api.post(f"{path}/domains", {"vcpus": 1, "name": "new"}).json()
    assert new["vmids"][0]["vmid"] == 0
    api.post(f"{path}/domains/1/vcpus/0/run", {"hart": 0})
    second = api.post(f"{path}/domains/1/vcpus/0/access", {"pages": [4, 5, 3]}).json()
    assert (second["hits"], second["misses"]) == (2, 1)
    (violation,) = second["violations"]
    assert violation["sentence"] == (
        "vCPU 0 of domain 1 (new) hit a TLB entry that domain 0 (old) had filled, 2 times in one "
        "batch, on hart 0 under VMID 0, first at page 0x4."
    )
    (listed,) = api.get(f"{path}/violations").json()["items"]
    assert listed == {**violation, "seq": listed["seq"]}


def test_access_needs_a_vcpu_in_guest_mode(api: Api) -> None:
    path = api.machine(platform=TWO_HARTS)
    api.post(f"{path}/domains", {"vcpus": 1})
    response = api.post(f"{path}/domains/0/vcpus/0/access", {"pages": [0]})
    assert (response.status_code, slug(response)) == (409, "domain-state")
    assert response.json()["detail"] == "vCPU 0 of domain 0 is not in guest mode"


def test_destroyed_domain_is_not_found_and_said_to_be_destroyed(api: Api) -> None:
    path = api.machine(platform=TWO_HARTS)
    api.post(f"{path}/domains", {"vcpus": 1})
    assert api.delete(f"{path}/domains/0").status_code == 204
    for response in (
        api.get(f"{path}/domains/0"),
        api.delete(f"{path}/domains/0"),
        api.post(f"{path}/domains/0/pause"),
        api.post(f"{path}/domains/0/unmap", {"first": 0}),
        api.post(f"{path}/domains/0/vcpus/0/run", {"hart": 0}),
    ):
        assert (response.status_code, slug(response)) == (404, "domain-not-found")
        assert response.json()["detail"] == "domain 0 was destroyed"


@pytest.mark.parametrize("policy", policies.names())
def test_domain_lives_and_dies_under_every_policy(api: Api, policy: str) -> None:
    path = api.machine(policy, platform={"harts": 2, "vmidlen": 7})
    for _ in range(3):
        assert api.post(f"{path}/domains", {"vcpus": 2}).status_code == 201
    api.step(path, 30)
    api.post(f"{path}/domains/1/unmap", {"first": 0, "count": 2})
    api.delete(f"{path}/domains/1")
    api.step(path, 30)
    domains = api.get(f"{path}/domains").json()["items"]
    assert [domain["id"] for domain in domains] == [0, 2]
    assert all(0 <= held["vmid"] < 128 for domain in domains for held in domain["vmids"])
