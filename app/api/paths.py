"""/paths: states along a path, as data, as a test, and as a live machine; /traces: famous ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.aside import Aside
from app.bounds import bounds_of, path_of
from app.deps import Machines
from app.errors import invalid
from app.forking import choices_along, fork
from app.problems import ProblemError
from app.responses import json_response, list_response
from app.schemas.checks import PathBody, PathQuery
from app.schemas.machines import Machine
from app.schemas.model import Page
from app.schemas.paths import Path, Trace
from app.schemas.problem import ON_CHANGE, WITH_BODY, problems
from app.views.machine import machine_json
from app.views.path import path_json
from app.views.path_test import path_test
from app.views.trace import traces_json
from simcore.check.bounds import Bounds
from simcore.check.path import PathError
from simcore.lab.divergence import StoppedError

router = APIRouter(tags=["checks"])
_ON_PATH = ("invalid-request", "server-stopping")
_T = TypeVar("_T")


class Asked:
    """The path that a query names. Raises ProblemError where it names none."""

    def __init__(self, query: Annotated[PathQuery, Query()]) -> None:
        self.of: tuple[str, Bounds, tuple[int, ...]] = (
            query.policy,
            bounds_of(query),
            path_of(query),
        )


async def _followed(
    request: Request, where: Literal["body", "query"], work: Callable[[], _T]
) -> _T:
    """The result of ``work``, which follows a path: 2,000 choices take a second or two.

    Raises ProblemError for a choice that is not open.
    """
    paths = request.app.state.paths
    assert isinstance(paths, Aside)
    try:
        return await paths.run(lambda go_on: work(), request.is_disconnected)
    except PathError as error:
        raise invalid((where, "path"), str(error)) from None
    except StoppedError:
        raise ProblemError(
            "server-stopping", "the server is stopping; a path is the same on any other"
        ) from None


@router.get(
    "/paths",
    response_model=Path,
    responses=problems(*_ON_PATH),
    operation_id="get_path",
    summary="Every state along a path",
)
async def get_path(request: Request, asked: Annotated[Asked, Depends()]) -> Response:
    return await _followed(request, "query", partial(_answer, *asked.of))


def _answer(policy: str, bounds: Bounds, path: tuple[int, ...]) -> Response:
    """Encoded in the same thread: a long path has many megabytes."""
    return json_response(path_json(policy, bounds, path))


@router.get(
    "/paths/test",
    responses={
        **problems(*_ON_PATH),
        200: {
            "description": "a module for pytest",
            "content": {"text/x-python": {"schema": {"type": "string"}}},
        },
    },
    response_class=Response,
    operation_id="get_path_test",
    summary="A test that follows a path and says what it breaks",
)
async def get_path_test(request: Request, asked: Annotated[Asked, Depends()]) -> Response:
    source = await _followed(request, "query", partial(path_test, *asked.of))
    name = f"test_{asked.of[0].replace('-', '_')}.py"
    shown = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(source, 200, shown, "text/x-python")


@router.post(
    "/paths/machines",
    status_code=201,
    response_model=Machine,
    responses=problems(*WITH_BODY, *ON_CHANGE, "too-many-machines", "server-stopping"),
    operation_id="fork_machine",
    summary="A live machine in the state that a path leads to",
)
async def fork_machine(request: Request, machines: Machines, body: PathBody) -> Response:
    policy, bounds, path = body.policy, bounds_of(body), path_of(body)
    choices = await _followed(request, "body", partial(choices_along, policy, bounds, path))
    live = await fork(machines, policy, bounds, choices)
    location = str(request.app.url_path_for("get_machine", machine_id=live.id))
    return json_response(machine_json(live), 201, {"Location": location})


@router.get(
    "/traces",
    response_model=Page[Trace],
    operation_id="list_traces",
    summary="The library of infamous traces",
)
async def list_traces() -> Response:
    return list_response(traces_json())
