"""Recorded events in the words of the vector files: the entries of `ev`.

A file's recording leaves some things out (vsatp writes under KVM, say); each replay names those
words, and every other word counts: a fence that no file knows is a difference, not a detail.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simcore import events as ev
from simcore.hw.fence import GVMA_ALL, VVMA_ALL, gvma_vmid
from simcore.hw.sbi import SbiRfence

Word = dict[str, object]
"""One entry of `ev`; its key `k` says what happened."""

WORLD_SWITCH_WORDS = frozenset({"hgatp_write", "vsatp_zero", "vsatp_restore"})


def words_of(events: Iterable[ev.Event], calls: Iterable[SbiRfence]) -> list[Word]:
    """The words for what happened, in order; `calls` are the SBI calls made meanwhile.

    Fences that were executed because another hart asked are part of the request's word.
    """
    made = iter(calls)
    words: list[Word] = []
    for event in events:
        if isinstance(event, ev.GuestExited):
            _add_forced_exit(words, event)
        elif isinstance(event, ev.RemoteFenceRequested):
            words.extend(_requested(event, made))
        elif type(event) in _WORD_OF:
            words.extend(_WORD_OF[type(event)](event))
    return words


def _add_forced_exit(words: list[Word], exit_: ev.GuestExited) -> None:
    """One `forced_exit` names all harts that one broadcast took out of guest mode."""
    if not exit_.forced:
        return
    last = words[-1] if words else {}
    cpus = last.get("cpus")
    if last.get("k") == "forced_exit" and isinstance(cpus, list):
        cpus.append(exit_.hart)
    else:
        words.append({"k": "forced_exit", "cpus": [exit_.hart]})


def _requested(request: ev.RemoteFenceRequested, calls: Iterator[SbiRfence]) -> list[Word]:
    if request.via == "none":
        return []
    if request.via == "sbi":
        return [_sbi_rfence(next(calls))]
    mask = request.hart_mask
    harts = [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
    if request.id < 0:
        return [{"k": f"{request.fence}_all", "cpus": harts}]
    return [{"k": request.fence, "vmid": request.id, "cpus": harts}]


def _sbi_rfence(call: SbiRfence) -> Word:
    return {
        "k": "sbi_rfence",
        "fid": int(call.function),
        "hmask": call.hart_mask,
        "hbase": call.hart_mask_base,
        "start": call.start,
        "size": call.size,
        "vmid": call.arg4,
    }


def _hgatp_written(event: ev.HgatpWritten) -> list[Word]:
    vmid, kept = event.programmed_vmid, event.vmid
    return [{"k": "hgatp_write", "cpu": event.hart, "vmid": vmid, "vmid_hw": kept}]


def _vsatp_written(event: ev.VsatpWritten) -> list[Word]:
    return [{"k": "vsatp_restore" if event.value else "vsatp_zero", "cpu": event.hart}]


def _fence_executed(event: ev.FenceExecuted) -> list[Word]:
    if event.requester >= 0:
        return []
    if event.fence == GVMA_ALL.name:
        return [{"k": "hfence_gvma_all", "cpu": event.hart}]
    if event.fence == gvma_vmid(0).name:
        return [{"k": "hfence_gvma_vmid", "cpu": event.hart, "vmid": event.id}]
    if event.fence == VVMA_ALL.name:
        return [{"k": "hfence_vvma_all", "cpu": event.hart, "vmid_hw": event.vmid}]
    operands = {"address": event.address, "id": event.id}
    return [{"k": event.fence, "cpu": event.hart, **operands}]


def _tagging_turned_off(event: ev.TaggingTurnedOff) -> list[Word]:
    return [{"k": "vmid_generation_overrun", "cpu": event.hart}]


def _reload_requested(event: ev.HgatpReloadRequested) -> list[Word]:
    return [{"k": "req_update_hgatp", "domain": event.domain, "vcpus": list(event.vcpus)}]


_WORD_OF: dict[type[object], Callable[[Any], list[Word]]] = {
    ev.HgatpWritten: _hgatp_written,
    ev.VsatpWritten: _vsatp_written,
    ev.FenceExecuted: _fence_executed,
    ev.TaggingTurnedOff: _tagging_turned_off,
    ev.HgatpReloadRequested: _reload_requested,
}
