"""A search in worker processes, each with a share of the states; see `simcore.check.partition`.

Workers talk to this process alone, in turns: all expand a level and send what they reached for
others, then all take in what others reached for them. So nobody ever waits for somebody who waits
in turn, and what is on its way is passed on unopened.
"""

from __future__ import annotations

import pickle
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Literal, Self

from simcore.check.partition import MAX_SHARES, Order, Share, Stretch, Tally, explore
from simcore.check.search import Progress, Verdict

_LAST_S = 2.0
"""How long a worker may take to end when it is told to."""
_LOOK_S = 0.1
"""How often progress is told, and whoever asked is heard that it should stop."""
What = Literal["tally", "reached", "taken in", "stretch", "failure"]


class WorkerError(RuntimeError):
    """A worker ended before its work did."""


def check_shared(
    order: Order,
    workers: int,
    report: Callable[[Progress], None] = lambda progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Verdict:
    """`explore` with so many worker processes. Raises ValueError, or WorkerError if one is lost."""
    if not 1 <= workers <= MAX_SHARES:
        raise ValueError(f"workers is {workers}; 1 to {MAX_SHARES} is allowed")
    order.bounds.spec(order.policy)
    with Workers(order, workers) as crew:
        return explore(crew, order, report, stopped)


class Workers:
    """The crew of a search, a process each, from `with` to its end."""

    def __init__(self, order: Order, of: int) -> None:
        self._order, self._of = order, of
        self._channels: list[Connection] = []
        self.processes: list[SpawnProcess] = []
        self.tallies: list[Tally] = []

    def __enter__(self) -> Self:
        try:
            with _interrupts_held_back():
                for number in range(self._of):
                    self._start(number)
            self.tallies = [self._answer(number, "tally") for number in range(self._of)]
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _start(self, number: int) -> None:
        context = get_context("spawn")
        here, there = context.Pipe()
        arguments = (there, self._order, number, self._of)
        process = context.Process(target=work, args=arguments, name=f"share {number}", daemon=True)
        process.start()
        there.close()
        self._channels.append(here)
        self.processes.append(process)

    def _end(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join(_LAST_S)
            if process.is_alive():
                process.kill()
                process.join()
        for channel in self._channels:
            channel.close()

    # Crew

    def level(self, told: Callable[[], None], stopped: Callable[[], bool]) -> bool:
        """See `Crew`. What workers were doing when it is ``stopped`` is left undone."""
        reached: dict[int, dict[int, bytes]] = {}
        self._tell_all(lambda number: ("expand", None))
        for number, what, value in self._messages(stopped):
            if what == "tally":
                self.tallies[number] = value
                told()
            else:
                reached[number] = value
            if len(reached) == self._of:
                break
        else:
            return False
        self._tell_all(
            lambda number: (
                "take in",
                {other: of[number] for other, of in reached.items() if other != number},
            )
        )
        self.tallies = [self._answer(number, "taken in") for number in range(self._of)]
        told()
        return not stopped()

    def stretch(self, number: int, index: int) -> Stretch:
        """See `Crew`."""
        self._tell(number, ("stretch", index))
        answer: Stretch = self._answer(number, "stretch")
        return answer

    # Messages

    def _tell_all(self, of: Callable[[int], tuple[str, Any]]) -> None:
        for number in range(self._of):
            self._tell(number, of(number))

    def _tell(self, number: int, message: tuple[str, Any]) -> None:
        try:
            self._channels[number].send(message)
        except OSError:
            raise self._lost(number) from None

    def _messages(self, stopped: Callable[[], bool]) -> Iterator[tuple[int, What, Any]]:
        """What workers say, as they say it, until ``stopped``."""
        numbers = {channel: number for number, channel in enumerate(self._channels)}
        while not stopped():
            for channel in wait(list(numbers), _LOOK_S):
                assert isinstance(channel, Connection)
                yield numbers[channel], *self._received(numbers[channel])

    def _answer(self, number: int, expected: What) -> Any:
        what, value = self._received(number)
        assert what == expected, f"share {number} answers {what!r} instead of {expected!r}"
        return value

    def _received(self, number: int) -> tuple[What, Any]:
        try:
            what, value = self._channels[number].recv()
        except (EOFError, OSError):
            raise self._lost(number) from None
        if what == "failure":
            raise WorkerError(f"worker {number + 1} of {self._of} failed: {value}")
        return what, value

    def _lost(self, number: int) -> WorkerError:
        process = self.processes[number]
        process.join(_LAST_S)
        return WorkerError(
            f"worker {number + 1} of {self._of} ended with exit code {process.exitcode}"
        )


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C is for this process: those that are started meanwhile have it blocked."""
    # Started with the first process otherwise, which lets interrupts through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work(channel: Connection, order: Order, number: int, of: int) -> None:
    """What a worker does until it is ended, or whoever started it is gone."""
    with suppress(EOFError, BrokenPipeError):
        try:
            _Worker(channel, Share(order, number, of)).serve()
        except MemoryError:
            channel.send(("failure", "it needs more memory than there is"))
        except (EOFError, OSError):
            raise
        except Exception as error:
            channel.send(("failure", f"{type(error).__name__}: {error}"))


class _Worker:
    """Answers for a share."""

    def __init__(self, channel: Connection, share: Share) -> None:
        self._channel, self._share = channel, share
        self._next = 0.0

    def serve(self) -> None:
        self._channel.send(("tally", self._share.tally()))
        while True:
            what, value = self._channel.recv()
            if what == "expand":
                reached = self._share.expand(self._report)
                self._channel.send(("reached", {o: _packed(p) for o, p in reached.items()}))
            elif what == "take in":
                parcels = {other: pickle.loads(packed) for other, packed in value.items()}
                self._channel.send(("taken in", self._share.take_in(parcels)))
            else:
                self._channel.send(("stretch", self._share.stretch(value)))

    def _report(self, tally: Tally) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _LOOK_S
            self._channel.send(("tally", tally))


def _packed(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
