"""Work beside all commands: in turns, and for nobody who has gone."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.aside import Aside, GoOn
from simcore.lab.divergence import StoppedError


class Client:
    """Somebody who waits until they leave."""

    def __init__(self) -> None:
        self.left = False

    async def gone(self) -> bool:
        return self.left


def test_work_whose_client_leaves_while_it_waits_is_never_begun() -> None:
    aside, client, other = Aside("test", lambda: False), Client(), Client()
    first_may_end, begun = threading.Event(), list[str]()

    def first(go_on: GoOn) -> str:
        begun.append("first")
        first_may_end.wait(5)
        return "done"

    def second(go_on: GoOn) -> None:
        begun.append("second")

    async def both() -> str:
        running = asyncio.create_task(aside.run(first, client.gone))
        waiting = asyncio.create_task(aside.run(second, other.gone))
        await asyncio.sleep(0)
        other.left = True
        with pytest.raises(StoppedError):
            await asyncio.wait_for(waiting, 2)
        assert not aside.close()
        first_may_end.set()
        return await running

    assert asyncio.run(both()) == "done"
    assert begun == ["first"]
    assert aside.close()


@pytest.mark.parametrize("why", ["the client leaves", "the server stops"])
def test_work_that_asks_is_told_that_nobody_waits(why: str) -> None:
    client, stopping, told = Client(), threading.Event(), threading.Event()
    aside = Aside("test", stopping.is_set)

    def work(go_on: GoOn) -> None:
        while go_on():
            time.sleep(0.01)
        told.set()
        raise StoppedError

    async def leave() -> None:
        waiting = asyncio.create_task(aside.run(work, client.gone))
        await asyncio.sleep(0.05)
        if why == "the client leaves":
            client.left = True
        else:
            stopping.set()
        await waiting

    with pytest.raises(StoppedError):
        asyncio.run(leave())
    assert told.wait(2)
