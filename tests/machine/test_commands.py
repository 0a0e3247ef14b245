"""Commands: what is wrong with each bad one, and that none of them changes anything."""

from __future__ import annotations

from typing import Any

import pytest

from simcore.machine import Command, CommandError, Machine, MachineSpec
from simcore.machine import commands as cmd
from simcore.machine.commands import from_dict, to_dict
from tests.machine.machines import Watched, platform, spec

GOOD: list[Command] = [
    cmd.CreateDomain(2, "web", 9),
    cmd.CreateDomain(1),
    cmd.DestroyDomain(0),
    cmd.PauseDomain(3),
    cmd.UnpauseDomain(3),
    cmd.RunVcpu(1, 0, 2),
    cmd.MigrateVcpu(1, 0, 2),
    cmd.UnmapPages(1, 4, 5),
    cmd.GuestAccess(1, 0, (1, 2, 3)),
    cmd.Step(7),
]


@pytest.fixture
def busy() -> Watched:
    """Four harts; domain 0 destroyed, 1 runs on hart 0, 2 is paused, 3 was never run."""
    machine = Watched(Machine(spec("xen-riscv-head", platform(4))))
    machine(cmd.CreateDomain(1), cmd.DestroyDomain(0), cmd.CreateDomain(2), cmd.Step(1))
    machine(cmd.CreateDomain(1), cmd.PauseDomain(2), cmd.CreateDomain(1))
    return machine


@pytest.mark.parametrize(
    ("command", "field", "message"),
    [
        (cmd.CreateDomain(0), "vcpus", "vcpus is 0; 1 to 256 is allowed"),
        (cmd.CreateDomain(257), "vcpus", "vcpus is 257; 1 to 256 is allowed"),
        (cmd.CreateDomain(1, pages=0), "pages", "pages is 0; 1 to 1048576 is allowed"),
        (cmd.CreateDomain(1, pages=2**20 + 1), "pages", "pages is 1048577; 1 to 1048576"),
        (cmd.CreateDomain(1, ""), "name", "name has 0 characters; 1 to 64 are allowed"),
        (cmd.CreateDomain(1, "n" * 65), "name", "name has 65 characters; 1 to 64 are allowed"),
        (cmd.DestroyDomain(0), "domain", "domain 0 was destroyed"),
        (cmd.DestroyDomain(9), "domain", "domain is 9; the domains that exist: 1, 2, 3"),
        (cmd.DestroyDomain(-1), "domain", "domain is -1; the domains that exist: 1, 2, 3"),
        (cmd.PauseDomain(2), "domain", "domain 2 is paused; a runnable one is allowed"),
        (cmd.PauseDomain(0), "domain", "domain 0 was destroyed"),
        (cmd.UnpauseDomain(1), "domain", "domain 1 is runnable; a paused one is allowed"),
        (cmd.RunVcpu(1, 0, 9), "hart", "hart is 9; the harts: 0, 1, 2, 3"),
        (cmd.RunVcpu(1, 2, 0), "vcpu", "vcpu is 2; domain 1 has vCPUs 0 to 1"),
        (cmd.RunVcpu(1, -1, 0), "vcpu", "vcpu is -1; domain 1 has vCPUs 0 to 1"),
        (cmd.RunVcpu(2, 0, 0), "domain", "domain 2 is paused; a runnable one is allowed"),
        (cmd.MigrateVcpu(1, 0, 4), "hart", "hart is 4; the harts: 0, 1, 2, 3"),
        (cmd.MigrateVcpu(0, 0, 1), "domain", "domain 0 was destroyed"),
        (cmd.MigrateVcpu(2, 0, 1), "domain", "domain 2 is paused; a runnable one is allowed"),
        (cmd.UnmapPages(1, 16, 1), "first", "first is 16; 0 to 15 is allowed"),
        (cmd.UnmapPages(1, -1, 1), "first", "first is -1; 0 to 15 is allowed"),
        (cmd.UnmapPages(1, 10, 7), "count", "count is 7; 1 to 6 is allowed"),
        (cmd.UnmapPages(1, 0, 0), "count", "count is 0; 1 to 16 is allowed"),
        (cmd.GuestAccess(3, 0, (1,)), "vcpu", "vCPU 0 of domain 3 is not in guest mode"),
        (cmd.GuestAccess(1, 0, ()), "pages", "pages has 0 numbers; 1 to 4096 are allowed"),
        (cmd.GuestAccess(1, 0, (0,) * 4097), "pages", "pages has 4097 numbers; 1 to 4096"),
        (cmd.GuestAccess(1, 0, (0, 16)), "pages", "pages is 16; 0 to 15 is allowed"),
        (cmd.Step(0), "count", "count is 0; 1 to 1000000 is allowed"),
        (cmd.Step(1_000_001), "count", "count is 1000001; 1 to 1000000 is allowed"),
    ],
)
def test_bad_command_names_field_value_and_what_is_allowed_and_changes_nothing(
    busy: Watched, command: Command, field: str, message: str
) -> None:
    before = busy.machine.digest()
    with pytest.raises(CommandError) as refused:
        busy(command)
    assert str(refused.value).startswith(message)
    assert refused.value.field == field
    assert busy.machine.digest() == before
    assert busy.machine.take_events() == []


@pytest.mark.parametrize(
    ("command", "unknown"),
    [
        (cmd.DestroyDomain(0), True),
        (cmd.DestroyDomain(9), True),
        (cmd.RunVcpu(1, 7, 0), True),
        (cmd.RunVcpu(1, 0, 9), False),
        (cmd.PauseDomain(2), False),
        (cmd.CreateDomain(0), False),
    ],
)
def test_command_tells_a_thing_that_is_not_there_from_a_value_that_is_wrong(
    busy: Watched, command: Command, unknown: bool
) -> None:
    with pytest.raises(CommandError) as refused:
        busy(command)
    assert refused.value.unknown is unknown


@pytest.mark.parametrize(
    "fields",
    [
        {"command": "CreateDomain", "vcpus": "3"},
        {"command": "CreateDomain", "vcpus": True},
        {"command": "CreateDomain", "vcpus": 1.0},
        {"command": "CreateDomain", "vcpus": None},
        {"command": "CreateDomain", "vcpus": 1, "name": 5},
        {"command": "CreateDomain", "vcpus": 1, "pages": "many"},
        {"command": "DestroyDomain", "domain": 1.0},
        {"command": "DestroyDomain", "domain": [1]},
        {"command": "RunVcpu", "domain": 1, "vcpu": 0.0, "hart": 0},
        {"command": "RunVcpu", "domain": 1, "vcpu": 0, "hart": 1.0},
        {"command": "UnmapPages", "domain": 1, "first": 1.5, "count": 1},
        {"command": "UnmapPages", "domain": 1, "first": 1, "count": 1.5},
        {"command": "GuestAccess", "domain": 1, "vcpu": 0, "pages": [1.5]},
        {"command": "GuestAccess", "domain": 1, "vcpu": 0, "pages": 5},
        {"command": "GuestAccess", "domain": 1, "vcpu": 0, "pages": "12"},
        {"command": "Step", "count": 2.5},
    ],
)
def test_number_of_the_wrong_type_is_bad_input_too(busy: Watched, fields: dict[str, Any]) -> None:
    before = busy.machine.digest()
    with pytest.raises(CommandError):
        busy(from_dict(fields))
    assert busy.machine.digest() == before


@pytest.mark.parametrize("command", GOOD, ids=lambda command: type(command).__name__)
def test_command_survives_being_written_down(command: Command) -> None:
    assert from_dict(to_dict(command)) == command


def test_pages_come_back_from_json_as_a_tuple() -> None:
    data = {"command": "GuestAccess", "domain": 1, "vcpu": 0, "pages": [1, 2]}
    assert from_dict(data) == cmd.GuestAccess(1, 0, (1, 2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"command": "Explode"}, "command is 'Explode'; allowed: CreateDomain, DestroyDomain, "),
        ({}, "command is None; allowed: "),
        ({"command": ["Step"]}, "command is ['Step']; allowed: "),
        ({"command": "Step", "speed": 3}, "command Step: "),
        ({"command": "DestroyDomain"}, "command DestroyDomain: "),
    ],
)
def test_object_that_is_no_command_is_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        from_dict(data)
    assert str(refused.value).startswith(message)


def test_no_domain_at_all_is_said_in_words() -> None:
    machine = Machine(spec("untagged"))
    with pytest.raises(CommandError, match="domain is 0; the domains that exist: none"):
        machine.apply(cmd.DestroyDomain(0))


def test_many_harts_are_listed_in_short() -> None:
    machine = Watched(Machine(spec("untagged", platform(40))))
    machine(cmd.CreateDomain(1))
    with pytest.raises(CommandError, match=r"hart is 40; the harts: 0 … 39 \(40 of them\)"):
        machine(cmd.RunVcpu(0, 0, 40))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"policy": "lru"}, "policy is 'lru'; allowed: "),
        ({"seed": -1}, "seed is -1; 0 to 2**63 - 1 is allowed"),
        ({"seed": 2**63}, "seed is 9223372036854775808; 0 to 2**63 - 1 is allowed"),
        ({"quantum_ns": 999}, "quantum_ns is 999; 1000 to 1000000000 is allowed"),
        ({"quantum_ns": 10**9 + 1}, "quantum_ns is 1000000001; 1000 to 1000000000 is"),
    ],
)
def test_bad_specification_names_the_field(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        MachineSpec(**{"platform": platform(), "policy": "untagged", **fields})
    assert str(refused.value).startswith(message)
