"""The rows of a replay as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from simcore.lab.replay import ReplayRow
from simcore.words import counted, vmidlen_words

Column = tuple[str, Callable[[dict[str, Any]], int]]


def _counter(title: str, name: str) -> Column:
    return title, lambda metrics: int(metrics[name])


_WORK = (
    _counter("guest\nentries", "guest_entries"),
    _counter("world\nswitches", "world_switches"),
    _counter("entries\nskipped", "entries_skipped"),
    _counter("domains\ncreated", "domains_created"),
    _counter("domains\nrefused", "domains_refused"),
    _counter("ids\nassigned", "ids_assigned"),
    _counter("roll-\novers", "rollovers"),
)
_TLB = (
    _counter("TLB hits", "tlb_hits"),
    _counter("TLB misses", "tlb_misses"),
    _counter("entries\ndropped", "entries_dropped"),
    _counter("cycles lost\n(modelled)", "cycles_lost"),
)


_WIDTH = 200
"""Wider than any of the tables: a number that is cut short says something else."""


def print_rows(source: dict[str, Any], rows: list[ReplayRow]) -> None:
    """Print what was replayed, then a row a policy in each table."""
    console = Console(width=_WIDTH)
    _print_source(console, source)
    _print(console, "What ran", _WORK, rows)
    kinds = sorted({kind for row in rows for kind in row.metrics["fences"]})
    fences = [_fence_column(kind) for kind in kinds]
    fences.append(_counter("remote\nrequests", "remote_fences"))
    fences.append(_counter("fences by\nSBI or IPI", "hart_fences"))
    _print(console, "Fences (local by kind, remote by kind)", fences, rows)
    _print(console, "TLB and cost", _TLB, rows)
    violations = [_violation_column(kind) for kind in rows[0].metrics["violations"]]
    _print(console, "Violations (accesses served by an entry that is not theirs)", violations, rows)


def _fence_column(kind: str) -> Column:
    title = kind.replace("remote_", "remote\n").replace("hfence_", "hfence.").replace("_", "\n")
    return title, lambda metrics: int(metrics["fences"].get(kind, 0))


def _violation_column(kind: str) -> Column:
    return kind, lambda metrics: int(metrics["violations"][kind])


def _print_source(console: Console, source: dict[str, Any]) -> None:
    seconds = source["span_ns"] / 1e9
    console.print(
        f"{source['file']}: {source['format']}, {seconds:.1f} s, "
        f"{counted(source['domains'], 'domain')} with {counted(source['vcpus'], 'vCPU')} "
        f"on {counted(len(source['cpus']), 'CPU')}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"on {counted(source['harts'], 'hart')} of {source['platform']}, VMIDLEN "
        f"{vmidlen_words(source['vmidlen'])}, {source['tlb']['organisation']} TLB "
        f"{source['tlb']['sets']} x {source['tlb']['ways']}, seed {source['seed']}",
        highlight=False,
        soft_wrap=True,
    )
    switches = [f"fault {name}" for name in source["faults"]]
    switches += ["speculation"] * source["speculation"] + ["over-fencing"] * source["over_fences"]
    if switches:
        console.print(f"with {', '.join(switches)}", highlight=False, soft_wrap=True)
    skipped = source["lines_skipped"]
    listed = "; ".join(f"{count} {reason}" for reason, count in skipped.items()) or "none"
    console.print(
        f"{source['lines']} lines, not used or repaired: {listed}", highlight=False, soft_wrap=True
    )


def _print(
    console: Console, title: str, columns: list[Column] | tuple[Column, ...], rows: list[ReplayRow]
) -> None:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("policy", no_wrap=True)
    for heading, _ in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.policy, *(f"{value(row.metrics):,}" for _, value in columns))
    console.print(table)
