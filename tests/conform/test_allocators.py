"""Replays of the recorded allocators: every field as recorded; what cannot be is refused."""

import pytest

from simcore.conform.kinds import kind_of
from simcore.conform.result import ABSENT, AliasResult, Mismatch
from tests.conform.vectors import SHARED, Line, copy_of, load, replay

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the full vector set is not beside the checkout"
)


def first(op: str, operations: list[Line]) -> Line:
    """The first operation of a kind."""
    return next(line for line in operations if line["op"] == op)


# ---- everything recorded is reproduced


@pytest.mark.parametrize(
    ("name", "operations", "aliases"),
    [
        ("xen_riscv_hart_gen/hetero_c4", 350, 46),
        ("xen_riscv_hart_gen/optoff_c2", 200, 70),
        ("xen_riscv_hart_gen/overrun_vl3_c2", 261, 32),
        ("xen_riscv_v2_posted/rv64_f14_vl0_trunc", 250, 125),
        ("xen_riscv_v2_posted/scaled_f2_vl2", 300, 31),
        ("xen_riscv_v2_intended/scaled_f2_vl2", 300, 31),
        ("xen_riscv_v2_intended/scaled_f3_vl3_nullmask", 500, 0),
        ("linux_kvm_riscv/vl0_c2", 301, 0),
        ("linux_kvm_riscv/vl1_c2_pingpong", 301, 0),
        ("linux_kvm_riscv/vl2_c8_disabled", 300, 0),
        ("xen_x86_asid/n0_c2", 200, 0),
        ("xen_x86_asid/n2_c1_many", 400, 0),
        ("xen_x86_asid/overrun_n3_c2", 220, 0),
        ("xen_arm_bitmap/vl0_c1", 201, 0),
        ("xen_arm_bitmap/vl3_c2", 600, 0),
        ("linux_kvm_arm64/vl1_c2_undersized", 250, 0),
        ("linux_kvm_arm64/vl2_c2", 601, 0),
        ("linux_riscv_asid/al2_c2_disabled", 200, 0),
        ("linux_riscv_asid/al3_c2", 430, 0),
    ],
)
def test_every_recorded_operation_is_reproduced(name: str, operations: int, aliases: int) -> None:
    result = replay(*copy_of(name))
    assert (result.operations, result.mismatches, result.first) == (operations, 0, None)
    assert result.aliases == AliasResult(aliases, aliases, 0, None)
    assert result.kind == name.partition("/")[0]


@needs_shared
@pytest.mark.parametrize(
    ("kind", "files", "operations", "aliases"),
    [
        ("xen_riscv_hart_gen", 11, 4454, 422),
        ("xen_riscv_v2_posted", 5, 2550, 402),
        ("xen_riscv_v2_intended", 6, 3050, 402),
        ("linux_kvm_riscv", 8, 3856, 0),
        ("xen_x86_asid", 6, 2121, 0),
        ("xen_arm_bitmap", 5, 2552, 0),
        ("linux_kvm_arm64", 7, 3755, 0),
        ("linux_riscv_asid", 8, 2690, 0),
        ("sbi_rfence_batching", 2, 440, 0),
    ],
)
def test_every_operation_of_the_full_vector_set_is_reproduced(
    kind: str, files: int, operations: int, aliases: int
) -> None:
    results = [replay(*load(path)) for path in sorted((SHARED / kind).glob("*.jsonl"))]
    assert len(results) == files
    assert [result for result in results if result.mismatches] == []
    assert sum(result.operations for result in results) == operations
    derived = [result.aliases for result in results if result.aliases]
    assert [result for result in derived if result.differing] == []
    assert sum(result.found for result in derived) == aliases


# ---- a wrong line is seen, and located


def test_a_wrong_field_is_counted_and_located() -> None:
    header, operations = copy_of("xen_riscv_hart_gen/hetero_c4")
    operations[9]["r"]["vmid"] = 2
    result = replay(header, operations)
    assert (result.mismatches, result.first) == (1, Mismatch(9, "vmid", 2, 1))


def test_a_wrong_event_is_counted_and_located() -> None:
    header, operations = copy_of("linux_kvm_riscv/vl1_c2_pingpong")
    assert operations[134]["r"]["ev"][2] == {"k": "forced_exit", "cpus": [1]}
    operations[134]["r"]["ev"][2]["cpus"] = [1, 0]
    result = replay(header, operations)
    assert (result.mismatches, result.first) == (1, Mismatch(134, "ev[2].cpus[1]", 0, ABSENT))


def test_an_event_that_the_file_does_not_have_is_a_difference() -> None:
    header, operations = copy_of("xen_riscv_hart_gen/hetero_c4")
    del operations[0]["r"]["ev"]
    expected = Mismatch(0, "ev", ABSENT, [{"k": "hfence_gvma_all", "cpu": 0}])
    assert replay(header, operations).first == expected


def test_a_wrong_alias_is_reported_apart_from_the_mismatches() -> None:
    header, operations = copy_of("xen_riscv_hart_gen/hetero_c4")
    line = next(line for line in operations if "alias" in line["r"])
    owner = line["r"].pop("alias")
    result = replay(header, operations)
    assert (result.mismatches, result.first) == (0, None)
    expected = AliasResult(45, 46, 1, Mismatch(line["i"], "alias", ABSENT, owner))
    assert result.aliases == expected


def test_aliases_are_compared_only_where_the_header_counts_them() -> None:
    header, operations = copy_of("xen_riscv_hart_gen/hetero_c4")
    del header["stats"]
    for line in operations:
        line["r"].pop("alias", None)
    result = replay(header, operations)
    assert (result.mismatches, result.aliases) == (0, None)


# ---- what cannot be is refused


@pytest.mark.parametrize(
    ("name", "op", "change", "message"),
    [
        ("xen_riscv_hart_gen/hetero_c4", "init_hart", {"cpu": 4}, "cpu is 4; allowed is 0 to 3"),
        ("xen_riscv_hart_gen/hetero_c4", "init_hart", {"vmidlen": 2}, "vmidlen is 2; allowed is"),
        ("xen_riscv_hart_gen/hetero_c4", "init_hart", {"op": "vmexit"}, "op is 'vmexit'; allowed"),
        ("xen_riscv_hart_gen/hetero_c4", "vmenter", {"cpu": True}, "cpu is True; allowed is an in"),
        ("xen_riscv_hart_gen/hetero_c4", "vmenter", {"i": 3}, "i is 3; allowed is"),
        ("xen_riscv_hart_gen/hetero_c4", "vmenter", {"r": []}, r"r is \[\]; allowed is an object"),
        ("xen_riscv_hart_gen/hetero_c4", "ctxt_switch", {"domain": 99}, "domain is 99; allowed"),
        ("xen_riscv_hart_gen/hetero_c4", "ctxt_switch", {"vcpu": 4}, "vcpu is 4; allowed is 0 to"),
        ("xen_riscv_hart_gen/hetero_c4", "domain_create", {"vcpus": 257}, "vcpus is 257; allowed"),
        ("xen_riscv_hart_gen/optoff_c2", "set_option", {"vmid": 0}, "vmid is 0; allowed is true"),
        (
            "xen_riscv_v2_posted/scaled_f2_vl2",
            "init",
            {"field_bits": 3},
            "field_bits is 3; allowed",
        ),
        ("linux_kvm_riscv/vl0_c2", "vcpu_exit", {"cpu": 0}, "cpu is 0; allowed is one with a vCPU"),
        ("xen_x86_asid/n0_c2", "init_hart", {"vmidlen": 1}, "vmidlen is 1; allowed is this cpu's"),
        ("xen_x86_asid/n0_c2", "vmenter", {"cpu": 1}, "cpu is 1; allowed is one with a vCPU on it"),
        ("xen_arm_bitmap/vl3_c2", "init", {"max_vmid": 4}, "max_vmid is 4; allowed is 2 to the"),
        ("xen_arm_bitmap/vl3_c2", "vcpu_enter", {"cpu": 2}, "cpu is 2; allowed is 0 to 1"),
        ("linux_kvm_arm64/vl2_c2", "vcpu_put", {"cpu": 0}, "cpu is 0; allowed is one with a vCPU"),
        ("linux_riscv_asid/al3_c2", "switch_mm", {"mm": 3}, "mm is 3; allowed is one that exists"),
        ("linux_riscv_asid/al3_c2", "mm_create", {"mm": -1}, "mm is -1; allowed is a number not"),
    ],
)
def test_a_malformed_operation_is_refused_by_field(
    name: str, op: str, change: Line, message: str
) -> None:
    header, operations = copy_of(name)
    first(op, operations).update(change)
    with pytest.raises(ValueError, match=message):
        replay(header, operations)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("xen_riscv_hart_gen/optoff_c2", {"xlen": 16}, "xlen is 16; allowed is 32 or 64"),
        ("xen_riscv_hart_gen/optoff_c2", {"vmidlen": 15}, "vmidlen is 15; allowed is 0 to 14"),
        ("xen_riscv_hart_gen/optoff_c2", {"vmidlen": None}, "vmidlen is None; allowed is an integ"),
        ("xen_riscv_hart_gen/optoff_c2", {"cpus": 0}, "cpus is 0; allowed is 1 to 1024"),
        ("xen_riscv_hart_gen/optoff_c2", {"cpus": 10**15}, "cpus is 1000000000000000; allowed"),
        ("xen_riscv_hart_gen/optoff_c2", {"ops": 201}, "ops is 201, but 200 operations follow"),
        ("xen_riscv_hart_gen/optoff_c2", {"config": 1}, "config is 1; allowed is an object"),
        (
            "xen_riscv_hart_gen/hetero_c4",
            {"config": {"vmidlen_per_hart": [3, 2]}},
            r"vmidlen_per_hart is \[3, 2\]; allowed is one number a cpu",
        ),
        (
            "xen_riscv_v2_posted/scaled_f2_vl2",
            {"config": {"field_bits": 15}},
            "field_bits is 15; allowed is 1 to 14",
        ),
        (
            "xen_riscv_v2_intended/scaled_f2_vl2",
            {"config": {"field_bits": 2, "flush_target": "some"}},
            "flush_target is 'some'; allowed is dirty_cpumask or all",
        ),
    ],
)
def test_a_malformed_header_is_refused_by_field(name: str, change: Line, message: str) -> None:
    header, operations = copy_of(name)
    with pytest.raises(ValueError, match=message):
        replay(header | change, operations)


def test_a_refused_domain_runs_nowhere() -> None:
    header, operations = copy_of("xen_arm_bitmap/vl0_c1")
    refused = first("domain_create", operations)
    enter = {"i": refused["i"] + 1, "op": "vcpu_enter", "cpu": 0, "vcpu": 0, "r": {}}
    lines = [*operations[: enter["i"]], enter | {"domain": refused["domain"]}]
    with pytest.raises(ValueError, match="allowed is one that has a VMID"):
        replay(header | {"ops": len(lines)}, lines)


def test_a_vcpu_on_two_harts_is_refused() -> None:
    header, operations = copy_of("xen_riscv_hart_gen/hetero_c4")
    switch = first("ctxt_switch", operations)
    again = switch | {"i": switch["i"] + 1, "cpu": 1}
    lines = [*operations[: switch["i"] + 1], again]
    with pytest.raises(ValueError, match=r"on cpu 0; allowed is one on no other cpu"):
        replay(header | {"ops": len(lines)}, lines)


def test_a_hart_that_was_not_initialised_is_refused() -> None:
    header, operations = copy_of("linux_kvm_riscv/vl0_c2")
    without_init = [line | {"i": line["i"] - 1} for line in operations[1:]]
    with pytest.raises(ValueError, match="allowed is one that was initialised before"):
        replay(header | {"ops": len(without_init)}, without_init)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({}, "allocator is None; allowed is a scheme's name"),
        ({"allocator": 3}, "allocator is 3; allowed"),
        ({"impl": "spike"}, "writes is missing"),
        ({"impl": "spike", "rows": [{}]}, "writes is missing"),
    ],
)
def test_what_is_no_vector_file_has_no_kind(header: Line, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind_of(header)


def test_samples_are_told_apart_by_what_was_sampled() -> None:
    assert kind_of({"impl": "spike", "writes": []}) == "hgatp"
    assert kind_of({"impl": "qemu72", "rows": [{"spec_trap": None}]}) == "traps"
    assert kind_of({"impl": "spike", "rows": [{"gpa": "0x0"}]}) == "gstage"
