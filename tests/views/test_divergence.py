"""Where two machines first differ is told without guesses, and different fences differently."""

from __future__ import annotations

from app.views.divergence import divergences_json
from simcore import events as ev
from simcore.lab.divergence import Divergence, Divergences, Shown


def words(*events: ev.Event) -> list[str]:
    told: Shown = events
    shown = divergences_json(Divergences(9, fences=Divergence(9, 70, (told, ()))))
    return [line["words"] for line in shown["fences"]["a"]]


def executed(fence: str, address: int, number: int, vmid: int = -1) -> ev.FenceExecuted:
    return ev.FenceExecuted(70, 1, fence, address, number, vmid, "unmap", -1, 2, 9)


def requested(fence: str, via: str, number: int, error: int) -> ev.RemoteFenceRequested:
    return ev.RemoteFenceRequested(70, 0, fence, via, 0, 0, number, 0, error, "reuse", 0)


def test_request_that_was_not_sent_has_its_error_and_no_fence() -> None:
    assert words(requested("none", "none", -1, -22)) == [
        "Hart 0 asked for a remote fence, and nothing was sent: error -22, EINVAL (cause: reuse)."
    ]


def test_request_that_failed_has_its_error() -> None:
    assert words(requested("remote_hfence_gvma_vmid", "sbi", 5, -3)) == [
        "Hart 0 asked 0 harts for HFENCE.GVMA, VMID 5 by an SBI call; it failed: error -3, "
        "SBI_ERR_INVALID_PARAM (cause: reuse)."
    ]


def test_fences_of_two_pages_have_two_texts() -> None:
    assert words(
        executed("hfence_gvma_gpa_vmid", 0x1F, 5), executed("hfence_gvma_gpa_vmid", 0x20, 5)
    ) == [
        f"Hart 1 executed HFENCE.GVMA GPA page {page}, VMID 5: 2 entries dropped (cause: unmap)."
        for page in ("0x1f", "0x20")
    ]


def test_fence_of_the_vs_stage_has_the_vmid_that_it_acted_on() -> None:
    assert words(executed("hfence_vvma_asid", -1, 3, 6)) == [
        "Hart 1 executed HFENCE.VVMA x0, ASID 3 while hgatp.VMID is 6: 2 entries dropped "
        "(cause: unmap)."
    ]
