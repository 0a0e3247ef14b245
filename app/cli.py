"""The command line: `vmidscope serve | replay | run | check | conform`.

Everything heavy is imported by the command that needs it, so that `--help` stays quick.
Exit status: 0 fine; 1 a breach, a mismatch, or a scenario that does not show what it promises;
2 bad input, in one line; 3 a worker was lost; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from simcore import __version__

_ASIDS = ("distinct", "shared", "same", "bare")


class _OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except ValueError as error:
        print(f"vmidscope {options.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of the output went away (`| head`): nothing more to say to it.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print(f"\nvmidscope {options.command}: interrupted", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="vmidscope",
        description="Shows, compares and checks how hypervisors hand out VMIDs and fence TLBs.",
    )
    parser.add_argument("--version", action="version", version=f"vmidscope {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_replay(commands)
    _add_conform(commands)
    _add_run(commands)
    _add_check(commands)
    return parser


def _add_serve(commands: argparse._SubParsersAction[_OneLineParser]) -> None:
    serve = commands.add_parser("serve", help="start the dashboard and its REST API")
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    serve.add_argument(
        "--port", type=int, help="port (default: 8000, or a free one if it is taken)"
    )
    serve.add_argument("--data", type=Path, metavar="FOLDER", help="where machines are kept")
    serve.add_argument(
        "--schedule", type=Path, action="append", default=[], metavar="FILE",
        help="a recorded schedule that machines may replay (may be given again)",
    )  # fmt: skip
    serve.add_argument(
        "--demo", action="store_true", help="have a machine run the shipped recording"
    )
    serve.set_defaults(run=_serve)


def _add_replay(commands: argparse._SubParsersAction[_OneLineParser]) -> None:
    replay = commands.add_parser("replay", help="replay a recorded schedule under several policies")
    replay.add_argument(
        "file", type=Path, metavar="FILE", help="perf script or ftrace text, or .gz"
    )
    replay.add_argument("--policy", default="all", metavar="A,B|all", help="default: %(default)s")
    replay.add_argument("--platform", default="rv64", metavar="PRESET", help="default: %(default)s")
    replay.add_argument("--vmidlen", type=int, metavar="BITS", help="VMID bits of every hart")
    replay.add_argument("--harts", type=int, metavar="N", help="default: the recording's CPUs")
    replay.add_argument("--tlb", choices=("combined", "split"), help="TLB organisation")
    replay.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    replay.add_argument(
        "--working-set", type=int, metavar="PAGES",
        help="pages a vCPU touches (default: 64, or as many as --stream touches)",
    )  # fmt: skip
    replay.add_argument(
        "--stream", type=Path, metavar="FILE",
        help="valgrind lackey text, or .gz: the pages that every vCPU touches, from its own place",
    )  # fmt: skip
    replay.add_argument(
        "--skew",
        type=float,
        default=0.8,
        help="Zipf exponent of the touches (default: %(default)s)",
    )
    replay.add_argument(
        "--accesses-per-us", type=float, default=1.0, metavar="RATE",
        help="memory accesses of a running vCPU (default: %(default)s)",
    )  # fmt: skip
    replay.add_argument(
        "--asids", choices=_ASIDS, default="distinct",
        help="ASIDs of a domain's vCPUs (default: %(default)s)",
    )  # fmt: skip
    replay.add_argument(
        "--drift", type=float, default=0.0, metavar="PAGES",
        help="pages by which the working set moves in 1,000 accesses (default: %(default)s)",
    )  # fmt: skip
    replay.add_argument(
        "--sharing", type=float, default=1.0, metavar="PART",
        help="part of a working set that all vCPUs of a domain touch (default: %(default)s)",
    )  # fmt: skip
    replay.add_argument(
        "--page-size", choices=("4K", "2M"), default="4K",
        help="what a page table's leaf maps, at both stages (default: %(default)s)",
    )  # fmt: skip
    replay.add_argument(
        "--speculation", action="store_true", help="harts walk ahead after every operation"
    )
    replay.add_argument(
        "--over-fences", action="store_true", help="any HFENCE drops the whole TLB, as on QEMU"
    )
    replay.add_argument(
        "--fault", action="append", default=[], metavar="NAME",
        help="a deliberate defect (may be given again; an unknown name lists them)",
    )  # fmt: skip
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    replay.set_defaults(run=_replay)


def _add_conform(commands: argparse._SubParsersAction[_OneLineParser]) -> None:
    conform = commands.add_parser("conform", help="hold the policies against golden vectors")
    conform.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files or folders")
    conform.set_defaults(run=_conform)


def _add_run(commands: argparse._SubParsersAction[_OneLineParser]) -> None:
    run = commands.add_parser("run", help="play a scenario: a known bug, and its fixed variant")
    run.add_argument("names", nargs="*", metavar="NAME", help="none: list them; all: every one")
    run.add_argument("--json", action="store_true", help="print one JSON object")
    run.set_defaults(run=_run)


def _add_check(commands: argparse._SubParsersAction[_OneLineParser]) -> None:
    check = commands.add_parser(
        "check",
        help="find the shortest way to break a policy, or show that there is none within bounds",
        description="Explores every order in which the steps of a small machine may happen: world "
        "switches cut between any two operations, remote fences in flight, domains that come and "
        "go, pages that are taken away. Prints the shortest path that breaks a property, step by "
        "step, or says that none does within the bounds, and what cut the exploration.",
        epilog="Exit status: 0 nothing is broken, 1 a property is broken, 2 an option is wrong, "
        "3 a worker process was lost, 130 stopped by Ctrl-C, with what was covered.",
        argument_default=argparse.SUPPRESS,
    )
    check.add_argument("policy", metavar="POLICY", help="name of a policy, as in `replay`")
    _add_bounds(check)
    search = check.add_argument_group("what is looked for, and how")
    search.add_argument(
        "--property", nargs="+", action="extend", default=[], metavar="NAME",
        help="invariants, as I1 or UniqueTagPerHart; all: every one (default: I1 I9, isolation)",
    )  # fmt: skip
    search.add_argument(
        "--walk", type=int, default=None, metavar="N",
        help="take N random walks instead, each of --depth steps or 200: for what is too large "
        "to be explored; proves nothing, and the path is the shortest of those found",
    )  # fmt: skip
    search.add_argument(
        "--seed", type=int, default=1, help="of the random walks (default: %(default)s)"
    )
    search.add_argument(
        "--workers", type=int, default=1, metavar="N",
        help="processes that share the states (default: %(default)s)",
    )  # fmt: skip
    search.add_argument("--json", action="store_true", default=False, help="print one JSON object")
    check.set_defaults(run=_check)


def _add_bounds(check: argparse.ArgumentParser) -> None:
    """An option for each field of `Bounds`, which knows the defaults."""
    bounds = check.add_argument_group("bounds")
    for name, default, what in (
        ("harts", 2, "harts"),
        ("domains", 3, "domains at a time; any number may come and go"),
        ("vcpus", 1, "vCPUs of each domain"),
        ("vmidlen", 2, "VMID bits of every hart"),
        ("pages", 1, "guest pages of each domain"),
        ("generations", 3, "generations of a hart, where they are its own"),
    ):
        bounds.add_argument(f"--{name}", type=int, metavar="N", help=f"{what} (default: {default})")
    bounds.add_argument("--depth", type=int, metavar="N", help="steps (default: no limit)")
    bounds.add_argument(
        "--tlb", choices=("combined", "split"), help="TLB organisation (default: combined)"
    )
    bounds.add_argument(
        "--asids", choices=_ASIDS, help="ASIDs of a domain's vCPUs (default: distinct)"
    )
    bounds.add_argument(
        "--speculation", action="store_true", help="harts may walk ahead at any time"
    )
    bounds.add_argument(
        "--fault", action="append", default=[], metavar="NAME",
        help="a deliberate defect (may be given again; an unknown name lists them)",
    )  # fmt: skip
    bounds.add_argument(
        "--no-unmap", dest="unmap", action="store_false", help="no page is taken from a domain"
    )
    bounds.add_argument(
        "--no-touch", dest="touch", action="store_false",
        help="guests touch no memory: ids and fences alone",
    )  # fmt: skip
    bounds.add_argument(
        "--whole", dest="cut", action="store_false",
        help="hooks run as one: nothing falls between two operations",
    )  # fmt: skip


def _serve(options: argparse.Namespace) -> int:
    from app.serve import serve

    return serve(
        host=options.host,
        port=options.port,
        data=options.data,
        schedules=options.schedule,
        demo=options.demo,
    )


def _replay(options: argparse.Namespace) -> int:
    from app.replay_command import replay_command

    return replay_command(options)


def _run(options: argparse.Namespace) -> int:
    from app.run_command import run_command

    return run_command(options.names, sys.stdout, as_json=options.json)


def _check(options: argparse.Namespace) -> int:
    from app.check_command import check_command

    return check_command(options)


def _conform(options: argparse.Namespace) -> int:
    from app.conform import conform

    return conform(options.paths, sys.stdout)
