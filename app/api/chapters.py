"""/chapters: the path of Learn, machines for its chapters, and whether their task was done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.deps import Machines
from app.learn import CHAPTERS
from app.learn import machines as learn_machines
from app.learn.chapter import Chapter
from app.learn.checking import judge
from app.problems import ProblemError
from app.responses import json_response, list_response
from app.schemas import chapters as schemas
from app.schemas.machines import Machine
from app.schemas.model import Page
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.chapter import chapter_json, verdict_json
from app.views.machine import machine_json

router = APIRouter(prefix="/chapters", tags=["learn"])
_ON_CHAPTER = ("chapter-not-found", "invalid-request")


Number = Annotated[int, Path(description="number of a chapter", examples=[1])]


def _chapter(number: Number) -> Chapter:
    if 1 <= number <= len(CHAPTERS):
        return CHAPTERS[number - 1]
    raise ProblemError(
        "chapter-not-found", f"chapter is {number}; the chapters: 1 to {len(CHAPTERS)}"
    )


Wanted = Annotated[Chapter, Depends(_chapter)]


@router.get(
    "",
    response_model=Page[schemas.Chapter],
    operation_id="list_chapters",
    summary="The chapters of Learn, in order",
)
async def list_chapters() -> Response:
    return list_response([chapter_json(chapter) for chapter in CHAPTERS])


@router.get(
    "/{number}",
    response_model=schemas.Chapter,
    responses=problems(*_ON_CHAPTER),
    operation_id="get_chapter",
    summary="One chapter: texts, machine, and what may be done",
)
async def get_chapter(chapter: Wanted) -> Response:
    return json_response(chapter_json(chapter))


@router.post(
    "/{number}/machine",
    status_code=201,
    response_model=Machine,
    responses=problems(*_ON_CHAPTER, *WITH_BODY, *ON_CHANGE, *ON_MACHINE, "too-many-machines"),
    operation_id="create_chapter_machine",
    summary="A fresh machine of a chapter; the oldest machines of Learn are deleted",
)
async def create_chapter_machine(
    request: Request,
    machines: Machines,
    chapter: Wanted,
    body: schemas.ChapterMachineBody | None = None,
) -> Response:
    if body is None or body.after is None:
        live = await learn_machines.make(machines, chapter)
    else:
        live = await learn_machines.compare(machines, chapter, machines.get(body.after))
    location = str(request.app.url_path_for("get_machine", machine_id=live.id))
    return json_response(machine_json(live), 201, {"Location": location})


@router.get(
    "/{number}/check",
    response_model=schemas.ChapterCheck,
    responses=problems(*_ON_CHAPTER, *ON_MACHINE),
    operation_id="check_chapter",
    summary="Whether the thing to try was done on a machine, by its events",
)
async def check_chapter(
    machines: Machines,
    chapter: Wanted,
    machine: Annotated[str, Query(description="id of a machine of the chapter", max_length=64)],
) -> Response:
    return json_response(verdict_json(await judge(machines.get(machine), chapter)))
