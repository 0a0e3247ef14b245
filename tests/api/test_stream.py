"""The stream's frames, reader by reader; over HTTP they are tested with a started server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi.sse import ServerSentEvent

from app.live import LiveMachine
from app.stream import FRAME_S, MOST_BEHIND, frames
from simcore.machine.commands import CreateDomain, Step
from tests.api.client import Api


def _machine(api: Api) -> LiveMachine:
    return api.live(api.machine("untagged", platform={"harts": 1}).rpartition("/")[2])


def _body(event: ServerSentEvent) -> dict[str, Any]:
    assert event.raw_data is not None
    body = json.loads(event.raw_data)
    assert isinstance(body, dict)
    return body


def test_reader_without_a_place_begins_with_a_reset_at_now(api: Api) -> None:
    live = _machine(api)

    async def read() -> ServerSentEvent:
        return await anext(frames(live, None, lambda: False))

    event = api.run(read)
    assert (event.event, event.id, event.retry) == ("reset", str(live.published.seq), 1000)
    body = _body(event)
    assert body["seq"] == live.published.seq
    assert body["status"] == "paused"
    assert body["metrics"] == live.published.metrics


def test_reader_gets_every_event_once_and_in_order(api: Api) -> None:
    live = _machine(api)
    path = f"/machines/{live.id}"

    async def read() -> list[ServerSentEvent]:
        stream = frames(live, 0, lambda: False)
        events = [await anext(stream)]
        await live.command(CreateDomain(2))
        for _ in range(5):
            await live.command(Step(3))
            events.append(await anext(stream))
        return events

    events = api.run(read)
    assert {event.event for event in events} == {"frame"}
    bodies = [_body(event) for event in events]
    assert [body["from"] for body in bodies] == [0, *(body["to"] for body in bodies[:-1])]
    assert [event.id for event in events] == [str(body["to"]) for body in bodies]
    seen = [event for body in bodies for event in body["events"]]
    assert seen == api.history(path)[: len(seen)]
    assert bodies[-1]["to"] == len(seen) == live.published.seq
    assert [event.retry for event in events] == [1000, None, None, None, None, None]


def test_reader_too_far_behind_or_ahead_is_reset_and_goes_on(api: Api) -> None:
    live = _machine(api)
    path = f"/machines/{live.id}"
    api.post(f"{path}/domains", {"vcpus": 2})
    api.step(path, 600)
    seq = live.published.seq
    assert seq > MOST_BEHIND

    async def read(after: int) -> list[ServerSentEvent]:
        stream = frames(live, after, lambda: False)
        first = await anext(stream)
        await live.command(Step(1))
        return [first, await anext(stream)]

    for after, reason in ((0, "events behind"), (seq + 99, "is not known")):
        first, second = api.run(read, after)
        assert first.event == "reset"
        assert reason in _body(first)["reason"]
        assert second.event == "frame"
        assert _body(second)["from"] == int(first.id)
    (just,) = api.run(_first, frames(live, live.published.seq - MOST_BEHIND, lambda: False))
    assert just.event == "frame"
    assert len(_body(just)["events"]) == MOST_BEHIND


async def _first(stream: AsyncIterator[ServerSentEvent]) -> list[ServerSentEvent]:
    return [await anext(stream)]


def test_frames_come_at_most_twenty_times_a_second(api: Api) -> None:
    live = _machine(api)
    api.put(f"/machines/{live.id}/clock", {"running": True, "speed": 1000})

    async def read() -> float:
        stream = frames(live, None, lambda: False)
        await anext(stream)
        began = asyncio.get_running_loop().time()
        for _ in range(6):
            await anext(stream)
        return asyncio.get_running_loop().time() - began

    assert api.run(read) >= 5 * FRAME_S


def test_change_of_the_clock_is_a_frame_without_events(api: Api) -> None:
    live = _machine(api)
    seq = live.published.seq

    async def read() -> list[dict[str, Any]]:
        stream = frames(live, seq, lambda: False)
        bodies = [_body(await anext(stream))]
        for running in (True, False):
            await live.set_clock(running, 0.1)
            bodies.append(_body(await anext(stream)))
        return bodies

    bodies = api.run(read)
    assert [(body["from"], body["to"], body["events"]) for body in bodies] == [(seq, seq, [])] * 3
    assert [body["status"] for body in bodies] == ["paused", "running", "paused"]


def test_readers_that_keep_up_share_one_encoding(api: Api) -> None:
    live = _machine(api)

    async def read() -> list[tuple[ServerSentEvent, ...]]:
        streams = [frames(live, 0, lambda: False) for _ in range(3)]
        found = []
        for _ in range(3):
            await live.command(Step(2))
            found.append(tuple(await asyncio.gather(*(anext(stream) for stream in streams))))
        return found

    for events in api.run(read):
        assert len({id(event.raw_data) for event in events}) == 1


def test_stream_ends_with_the_machine_and_with_the_server(api: Api) -> None:
    live = _machine(api)
    stopping: list[bool] = []

    async def read() -> int:
        return len([event async for event in frames(live, None, lambda: bool(stopping))])

    async def start() -> asyncio.Future[int]:
        return asyncio.ensure_future(read())

    ended = api.run(start)
    api.delete(f"/machines/{live.id}")
    api.run(asyncio.wait_for, ended, 2)
    assert ended.done()

    other = _machine(api)
    live = other
    ended = api.run(start)
    stopping.append(True)
    api.run(api.machines.stop)
    api.run(asyncio.wait_for, ended, 2)
    assert ended.done()


def test_slow_reader_holds_nobody_up(api: Api) -> None:
    live = _machine(api)
    path = f"/machines/{live.id}"
    api.post(f"{path}/domains", {"vcpus": 2})

    async def read_one(stream: AsyncIterator[ServerSentEvent]) -> ServerSentEvent:
        return await anext(stream)

    stream = frames(live, 0, lambda: False)
    api.run(read_one, stream)
    api.step(path, 2000)
    assert api.run(read_one, stream).event == "reset"
