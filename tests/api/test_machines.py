"""/machines: made, listed, looked at, deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.client import Api, running, slug


def test_machine_is_made_with_a_location_and_found_there(api: Api) -> None:
    made = api.post("/machines", {"policy": "kvm-riscv", "name": "mine"})
    assert made.status_code == 201
    machine = made.json()
    assert made.headers["location"] == f"/api/v1/machines/{machine['id']}"
    assert api.get(f"/{made.headers['location']}").json() == machine
    assert machine["name"] == "mine"
    assert machine["status"] == "paused"
    assert machine["policy"]["name"] == "kvm-riscv"
    assert machine["platform"]["name"] == "rv64"
    assert machine["schedule"] is None
    assert machine["playback"] is None
    assert (machine["commands"], machine["steps"], machine["domains"]) == (0, 0, 0)
    assert machine["metrics"]["guest_entries"] == 0


def test_new_machine_has_booted_each_hart(api: Api) -> None:
    machine = api.machine("kvm-riscv", platform={"harts": 3})
    booted = [item for item in api.history(machine) if item["event"] == "HartBooted"]
    assert [(item["hart"], item["vmidlen"], item["probed"]) for item in booted] == [
        (0, 14, 14),
        (1, 14, 14),
        (2, 14, 14),
    ]


def test_machines_are_listed_oldest_first_and_gone_when_deleted(api: Api) -> None:
    paths = [api.machine("untagged", name=name) for name in ("a", "b", "c")]
    assert api.delete(paths[1]).status_code == 204
    assert [item["name"] for item in api.get("/machines").json()["items"]] == ["a", "c"]
    again = api.delete(paths[1])
    assert (again.status_code, slug(again)) == (404, "machine-not-found")
    for path in ("", "/digest", "/domains", "/bitmap", "/harts", "/flushes", "/metrics", "/clock"):
        assert slug(api.get(paths[1] + path)) == "machine-not-found"


@pytest.mark.parametrize(
    "platform",
    [{"preset": "rv32"}, {"platform": "rv32"}, {"platform": {"preset": "rv32"}}],
)
def test_preset_may_be_named_in_three_ways(api: Api, platform: dict[str, object]) -> None:
    machine = api.get(api.machine("untagged", **platform)).json()
    assert machine["platform"] == api.get("/platforms/rv32").json()


def test_platform_takes_every_parameter(api: Api) -> None:
    platform = {
        "preset": "rv64",
        "hart_ids": [0, 1, 3, 65],
        "vmidlen": [4, 3, 2, 1],
        "tlb": {"sets": 4, "ways": 2, "organisation": "split"},
        "asidlen": 8,
        "warl": "qemu11",
        "rfence_range_limit_bytes": 4096,
        "costs": {"ipi_cycles": 7},
    }
    made = api.get(api.machine("kvm-riscv", platform=platform)).json()["platform"]
    assert made["harts"] == [0, 1, 3, 65]
    assert made["vmidlen"] == [4, 3, 2, 1]
    assert made["tlb"] == {"sets": 4, "ways": 2, "organisation": "split", "entries": 16}
    assert (made["asidlen"], made["warl"], made["rfence_range_limit_bytes"]) == (8, "qemu11", 4096)
    assert made["costs"]["ipi_cycles"]["cycles"] == 7
    assert made["costs"]["csr_write_cycles"]["cycles"] == 10


def test_guests_quantum_and_seed_are_taken(api: Api) -> None:
    guests = {
        "working_set_pages": 8, "skew": 0.0, "accesses_per_us": 2.5, "asids": "same",
        "drift": 0.5, "sharing": 0.25, "page_size": "2M",
    }  # fmt: skip
    path = api.machine("untagged", guests=guests, quantum_ns=5000, seed=2**53 - 1)
    machine = api.get(path).json()
    assert machine["guests"] == guests
    assert (machine["quantum_ns"], machine["seed"]) == (5000, 2**53 - 1)


def test_machine_on_a_recording_tells_where_it_is(api: Api) -> None:
    path = api.machine("untagged", schedule="first-start")
    assert api.step(path, 10)["steps"] == 10
    machine = api.get(path).json()
    assert machine["name"] == "untagged on first-start"
    assert machine["schedule"] == "first-start"
    playback = {"position": 10, "events": 7799, "round": 0, "finished": False}
    assert machine["playback"] == playback


def test_recording_ends_or_begins_again_as_asked(api: Api) -> None:
    once = api.machine("untagged", schedule="first-start", guests={"accesses_per_us": 0})
    loop = api.machine("untagged", schedule="first-start", loop=True, guests={"accesses_per_us": 0})
    for path in (once, loop):
        api.step(path, 7_800)
    assert api.get(once).json()["playback"]["finished"] is True
    playback = {"position": 1, "events": 7799, "round": 1, "finished": False}
    assert api.get(loop).json()["playback"] == playback


def test_same_commands_give_the_same_digest_on_two_machines(api: Api) -> None:
    digests = []
    for _ in range(2):
        path = api.machine("xen-riscv-head", platform={"harts": 2, "vmidlen": 3}, seed=5)
        api.post(f"{path}/domains", {"vcpus": 3})
        api.step(path, 20)
        digests.append(api.digest(path))
    assert digests[0] == digests[1]
    assert digests[0]["commands"] == 2


def test_one_machine_more_than_allowed_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, max_machines=2) as api:
        api.machine("untagged")
        second = api.machine("untagged")
        response = api.post("/machines", {"policy": "untagged"})
        assert (response.status_code, slug(response)) == (409, "too-many-machines")
        assert response.json()["detail"] == "there are 2 machines; 2 is allowed"
        api.delete(second)
        api.machine("untagged")


def long_run(seconds: int) -> str:
    """A recording in which a vCPU runs for so long without a break."""
    idle, vcpu = "comm=swapper {0}_pid=0 {0}_prio=120", "comm=CPU 0/KVM {0}_pid=11 {0}_prio=120"
    lines = (
        (0, 100, f"prev_{idle.format('prev')} prev_state=R ==> next_{vcpu.format('next')}"),
        (
            10,
            100 + seconds,
            f"prev_{vcpu.format('prev')} prev_state=S ==> next_{idle.format('next')}",
        ),
    )
    return "".join(
        f"task {process}/11 [000] {at}.000000000: sched:sched_switch: {fields}\n"
        for process, at, fields in lines
    )


def test_recording_is_refused_where_one_step_would_take_long(tmp_path: Path) -> None:
    recording = tmp_path / "long.txt"
    recording.write_text(long_run(1800))
    with running(tmp_path / "data", schedules=(recording,)) as api:
        body = {"policy": "untagged", "schedule": "long.txt"}
        refused = api.post("/machines", body)
        assert (refused.status_code, slug(refused)) == (422, "invalid-request")
        assert refused.json()["errors"][0]["msg"] == (
            "guests.accesses_per_us is 1.0, and one vCPU of the recording runs for 1,800.0 s "
            "without a break; 100000000 accesses are allowed at once, 0.0556 a µs"
        )
        made = api.post("/machines", body | {"guests": {"accesses_per_us": 0.05}}).json()
        api.step(f"/machines/{made['id']}", 3)
        assert api.get(f"/machines/{made['id']}/metrics").json()["accesses"] == 90_000_000
