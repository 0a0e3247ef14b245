"""Many clients at once, any commands in any order: one history, and the same after a restart."""

from __future__ import annotations

import random
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simcore import policies
from tests.api.client import Api, running

_CLIENTS = 8
_REQUESTS = 25

numbers = st.integers(0, 4)
requests = st.one_of(
    st.tuples(st.just("step"), st.fixed_dictionaries({"count": st.integers(1, 300)})),
    st.tuples(st.just("domains"), st.fixed_dictionaries({"vcpus": st.integers(1, 3)})),
    st.builds(lambda d: (f"domains/{d}/pause", None), numbers),
    st.builds(lambda d: (f"domains/{d}/unpause", None), numbers),
    st.builds(lambda d, n: (f"domains/{d}/unmap", {"first": n, "count": 2}), numbers, numbers),
    st.builds(
        lambda d, v, h: (f"domains/{d}/vcpus/{v}/migrate", {"hart": h}), numbers, numbers, numbers
    ),
    st.builds(
        lambda d, v, h: (f"domains/{d}/vcpus/{v}/run", {"hart": h}), numbers, numbers, numbers
    ),
    st.builds(lambda d: (f"domains/{d}", "delete"), numbers),
)


def _send(api: Api, machine: str, path: str, body: Any) -> int:
    if body == "delete":
        return api.delete(f"{machine}/{path}").status_code
    return api.post(f"{machine}/{path}", body).status_code


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(policies.names()), st.lists(requests, max_size=25))
def test_any_commands_give_the_same_machine_after_a_restart(
    policy: str, commands: list[tuple[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with running(Path(folder)) as api:
            machine = api.machine(policy, platform={"harts": 3, "vmidlen": 2})
            for path, body in commands:
                before = api.digest(machine)
                status = _send(api, machine, path, body)
                assert status in (200, 201, 204, 404, 409, 422)
                if status in (404, 422):
                    assert api.digest(machine) == before
            digest, history = api.digest(machine), api.history(machine)
            metrics = api.get(f"{machine}/metrics").json()
        with running(Path(folder)) as api:
            api.wait_for(machine, lambda now: now["status"] == "paused")
            assert api.digest(machine) == digest
            assert api.history(machine) == history
            assert api.get(f"{machine}/metrics").json() == metrics


def test_many_clients_share_one_running_machine(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        machine = api.machine("xen-riscv-head", platform={"harts": 3, "vmidlen": 3})
        api.put(f"{machine}/clock", {"running": True, "speed": 3000})

        def client(number: int) -> list[int]:
            draw = random.Random(number)
            return [_one_request(api, machine, draw) for _ in range(_REQUESTS)]

        with ThreadPoolExecutor(_CLIENTS) as clients:
            statuses = [status for each in clients.map(client, range(_CLIENTS)) for status in each]
        assert set(statuses) <= {200, 201, 204, 404, 409}
        api.put(f"{machine}/clock", {"running": False})
        history = api.history(machine)
        assert [event["seq"] for event in history] == list(range(1, len(history) + 1))
        assert statuses.count(201) == sum(e["event"] == "DomainCreated" for e in history)
        assert statuses.count(204) == sum(e["event"] == "DomainDestroyed" for e in history)
        times = [event["at_ns"] for event in history]
        assert times == sorted(times)
        digest = api.digest(machine)
    with running(tmp_path) as api:
        api.wait_for(machine, lambda now: now["status"] == "paused")
        assert api.digest(machine) == digest


def _one_request(api: Api, machine: str, draw: random.Random) -> int:
    number = draw.randrange(30)
    kind = draw.randrange(6)
    if kind == 0:
        return _send(api, machine, "domains", {"vcpus": 1 + draw.randrange(2)})
    if kind == 1:
        return _send(api, machine, f"domains/{number}", "delete")
    if kind == 2:
        return _send(api, machine, f"domains/{number}/vcpus/0/migrate", {"hart": draw.randrange(3)})
    if kind == 3:
        return _send(api, machine, "step", {"count": 20})
    path = draw.choice(("domains", "harts", "bitmap", "flushes", "metrics", "harts/0/tlb"))
    return api.get(f"{machine}/{path}").status_code
