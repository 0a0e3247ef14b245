"""Infamous traces: real bugs, each as a path that the breadth-first search returned."""

from __future__ import annotations

from typing import NamedTuple

from simcore.check.bounds import Bounds
from simcore.check.path import parse_path
from simcore.hw.tlb import Organisation
from simcore.invariants import Invariant
from simcore.machine.faults import Fault


class Trace(NamedTuple):
    """A path that breaks a property, with what it shows and where the bug is documented."""

    name: str
    title: str
    words: str
    source: str
    policy: str
    bounds: Bounds
    broken: Invariant
    path: tuple[int, ...]


SPLIT = Organisation.SPLIT

TRACES = (
    Trace(
        "xen-v2-missing-flush",
        "The fence before reuse that never comes",
        "A VMID is freed and given to the next domain. The flush-needed bit is tested at the new "
        "domain's old id, which is INVALID, so nothing is fenced and the newcomer reads the dead "
        "domain's memory.",
        "xen-devel, [PATCH v2 03/17], 2025-06-10, and its review",
        "xen-riscv-v2-posted",
        Bounds(harts=1, domains=1, unmap=False),
        Invariant.I1,
        parse_path("0.0.0.0.0.0.0.0.1.0.0.0.0.0"),
    ),
    Trace(
        "xen-v2-empty-mask",
        "A fence for nobody",
        "The right bit is tested, and a remote fence is asked for over the new domain's dirty "
        "harts: an empty set. Xen's call answers -EINVAL, which is dropped.",
        "xen-devel, review of 2025-06-18 (\"reliably empty here\")",
        "xen-riscv-v2-intended",
        Bounds(domains=1, unmap=False),
        Invariant.I1,
        parse_path("0.0.0.0.0.0.0.0.2.0.0.0.0.0.0"),
    ),
    Trace(
        "xen-v2-vmidlen-alias",
        "Fourteen bits of VMID on hardware with none",
        "VMIDLEN is not probed. Two live domains have different VMIDs in software and one tag in "
        "the TLB.",
        "xen-devel, the same review; norm:hgatp_vmid",
        "xen-riscv-v2-posted",
        Bounds(harts=1, domains=2, vmidlen=0, unmap=False),
        Invariant.I1,
        parse_path("0.0.0.0.0.0.0.0.1.1.0.0.0"),
    ),
    Trace(
        "xen-head-migrate",
        "Equal generations of two harts",
        "A vCPU takes its (generation, VMID) pair to another hart, whose generation has the same "
        "number. The pair counts as valid there, where the VMID is next given to somebody else.",
        "xen/arch/riscv/vmid.c at c447b7308b: no caller of vmid_flush_vcpu",
        "xen-riscv-head",
        Bounds(domains=2, unmap=False),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.0.0.0.0.0.2.1.0.0.0.0.0.1.0.0.4.2.2.1.1.1.1.1.1.1.0.0.1.1.1.1.1.2.1.1.4.2"
            ".2.1.1.1.1.1"
        ),
    ),
    Trace(
        "xen-head-disabled",
        "VMIDs off, and no fence instead",
        "With VMIDLEN 1 every guest runs as VMID 0, and nothing but HFENCE.VVMA comes between two "
        "of them: the G-stage entries of one serve the next.",
        "xen/arch/riscv/vmid.c, vmid_handle_vmenter; J. Beulich, review of v3, 2025-08-04",
        "xen-riscv-head",
        Bounds(harts=1, domains=2, vmidlen=1, tlb=SPLIT, unmap=False),
        Invariant.I1,
        parse_path("0.0.0.0.0.0.0.0.0.1.1.0.0.0.0"),
    ),
    Trace(
        "xen-head-stale-vmid",
        "The old VMID in hgatp until vmenter",
        "A vCPU of an old generation is switched in under its old VMID, which is somebody else's "
        "by now. A walk ahead of time, before vmenter gives it a new one, leaves its translations "
        "under that id.",
        "xen/arch/riscv/p2m.c, p2m_ctxt_switch_to and p2m_handle_vmenter, at c447b7308b",
        "xen-riscv-head",
        Bounds(harts=1, domains=2, speculation=True, unmap=False),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.0.0.0.0.0.2.1.0.0.0.0.0.1.0.0.3.2.0.0.0.0.0.0.1.0.0.4.2.1.0.0.0.0.0.0.0.0"
            ".0.0.0.0.0.0.1.0.1.0.0.3.1.0.0.0.0.0.0"
        ),
    ),
    Trace(
        "xen-head-split-leftover",
        "HFENCE.GVMA leaves the first stage",
        "The fence at roll-over drops G-stage entries. On a TLB that keeps VS-stage entries apart, "
        "the former owner's stay, and HFENCE.VVMA covered the VMID the vCPU had before.",
        "xen/arch/riscv/p2m.c at c447b7308b; ISA manual, hypervisor chapter, HFENCE.GVMA",
        "xen-riscv-head",
        Bounds(harts=1, domains=2, tlb=SPLIT, unmap=False),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.0.0.0.0.0.1.1.0.0.0.0.0.1.0.0.2.1.0.0.0.0.0.0.1.0.0.2.1.0.0.0.0.0.0.0"
        ),
    ),
    Trace(
        "xen-head-p2m-empty-mask",
        "Memory taken away and still there",
        "A page is unmapped, and the fence for it goes to a set of harts that nothing ever fills. "
        "The guest goes on reading a page that is no longer its own.",
        "xen/arch/riscv/p2m.c, p2m_tlb_flush, at c447b7308b",
        "xen-riscv-head",
        Bounds(harts=1, domains=1),
        Invariant.I9,
        parse_path("0.0.0.0.0.0.0.0.3.0.0.2"),
    ),
    Trace(
        "xen-sbi-function-ids",
        "Two function ids exchanged",
        "The mask is made right by hand. The header has SBI function ids 3 and 4 exchanged, so a "
        "fence of everything leaves as a fence of VMID 0.",
        "xen/arch/riscv/include/asm/sbi.h; SBI specification, ext-rfence",
        "xen-riscv-head",
        Bounds(
            harts=1,
            domains=1,
            faults=frozenset({Fault.SWAPPED_FUNCTION_IDS, Fault.EMPTY_MASK_MEANS_ALL}),
        ),
        Invariant.I9,
        parse_path("0.0.0.0.0.0.0.0.3.0.0.2"),
    ),
    Trace(
        "kvm-arm64-window",
        "The window of vmidalloc.tla",
        "As a vCPU is taken off, its VMID stops being active while the register still holds it (on "
        "VHE until the next load; nVHE lets go at each exit, before). A roll-over on another CPU "
        "fences in between; a walk ahead of time brings the entry back under an id that is free "
        "now.",
        "kernel-tla, vmidalloc.tla (branch private-vmidalloc-v1), which dropped UniqueVMIDPerCPU",
        "kvm-arm64",
        Bounds(domains=3, speculation=True, tlb=SPLIT, unmap=False),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.0.0.0.0.0.3.1.0.0.0.0.0.5.6.4.4.4.4.4.5.4.4.4.9.5.0.0.0.2.2.0.1.0.0.0.0.0"
            ".0.0"
        ),
    ),
    Trace(
        "kvm-riscv-stale-vmid",
        "The old VMID in hgatp at vcpu_load",
        "vcpu_load writes hgatp with the VM's stored VMID, though a roll-over gave it to another. "
        "A walk ahead of time fills under it before the request to update hgatp is served.",
        "arch/riscv/kvm/vcpu.c, kvm_arch_vcpu_load, v6.17",
        "kvm-riscv",
        Bounds(domains=3, speculation=True, unmap=False),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.1.0.0.0.0.3.1.0.0.0.0.0.1.0.5.6.3.3.3.3.3.5.3.10.5.0.3.2.2.2.2.0.1.0.0.0.0"
        ),
    ),
    Trace(
        "kvm-riscv-gvma-only",
        "Roll-over without HFENCE.VVMA",
        "Roll-over and sanitising use HFENCE.GVMA only. A TLB that keeps VS-stage entries apart "
        "still has those of the VMID's former owner.",
        "arch/riscv/kvm/vmid.c, v6.17; Linux commit 3239c52fd212 for one core",
        "kvm-riscv",
        Bounds(domains=2, tlb=SPLIT, unmap=False),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.0.0.0.0.0.2.1.0.0.0.0.0.1.0.4.2.0.0.0.0.0.0.5.3.2.1.1.1.1.0.0.0.0"
        ),
    ),
    Trace(
        "kvm-riscv-two-vcpus",
        "Two vCPUs, one ASID, one hart",
        "Two vCPUs of one VM have their own tables under one ASID number. They follow each other "
        "on a hart under one VMID, and nothing is fenced between them.",
        "kvm-riscv/linux issue 32; KVM on Arm fixed it with last_vcpu_ran",
        "kvm-riscv",
        Bounds(harts=1, domains=1, vcpus=2, asids="same", unmap=False),
        Invariant.I1,
        parse_path("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"),
    ),
    Trace(
        "xen-x86-flush-one-at-wrap",
        "Five years of flushing one ASID",
        "The generation wraps and the flush covers only the ASID handed out then. The others are "
        "handed out again with the former owners' entries in the TLB.",
        "Xen commit 68871b1f9b (2025-07-23), fixing 64b1da5a2fcf (in the tree from 2020-05-07)",
        "xen-x86-asid",
        Bounds(
            harts=1,
            domains=2,
            tlb=SPLIT,
            unmap=False,
            faults=frozenset({Fault.ROLLOVER_FENCES_ONE_ID}),
        ),
        Invariant.I1,
        parse_path(
            "0.0.0.0.0.0.0.0.0.0.0.1.1.0.0.0.0.0.1.0.0.2.1.0.0.0.0.0.0.1.0.0.3.1.1.0.0.0.0.0.0.0.0"
            ".0.0.0.0.0.0.0"
        ),
    ),
    Trace(
        "early-acknowledge",
        "Firmware that answers too early",
        "A page is taken away and its fence is answered before the target has executed it. The "
        "guest there reads the page after it was given to somebody else.",
        "OpenSBI lib/sbi/sbi_tlb.c: a call returns when its targets have executed the fence; the "
        "specification promises only that the IPI was sent",
        "xen-riscv-v2-reviewed",
        Bounds(domains=1, faults=frozenset({Fault.EARLY_ACKNOWLEDGE})),
        Invariant.I9,
        parse_path("0.1.0.0.0.3.0.0.3"),
    ),
)  # fmt: skip
