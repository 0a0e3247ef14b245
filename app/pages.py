"""The dashboard's pages, rendered from templates/."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.templating import Jinja2Templates
from starlette.responses import RedirectResponse, Response

from app import __version__, demo
from app.api import PREFIX
from app.api.chapters import Wanted
from app.bounds import bounds_json, property_json
from app.deps import Live, Machines
from app.doors import COMPARED, doors
from app.learn import CHAPTERS
from app.learn.chapter import is_called_learn
from app.learn.words import html
from app.links import find_link
from app.live import LiveMachines
from app.modules import modules
from app.paths import resource_folder
from app.problems import PROBLEMS, ProblemError, ProblemType
from app.views.machine import machine_json
from app.views.platform import platform_json, policy_json, schedule_json
from app.views.trace import traces_json
from simcore import policies
from simcore.check.bounds import Bounds
from simcore.hw.platform import PRESETS
from simcore.invariants import ISOLATION, Invariant
from simcore.machine.faults import Fault

FIRST_POLICY = "xen-riscv-v2-posted"
"""What the form for a check begins with: the scheme of the review thread, which breaks at once."""

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=resource_folder("templates"))
templates.env.filters["words"] = html
templates.env.globals["modules"] = modules


def render(
    request: Request, template: str, page_json: str, status: int = 200, **context: Any
) -> Response:
    """A page; ``page_json`` is the address of its JSON twin."""
    context |= {"version": __version__, "page_json": page_json}
    return templates.TemplateResponse(request, template, context, status)


def _model() -> dict[str, Any]:
    return {
        "policies": [policy_json(name) for name in policies.names()],
        "platforms": [platform_json(platform) for platform in PRESETS.values()],
        "faults": [{"name": fault.value, "summary": fault.summary} for fault in Fault],
    }


@router.get("/")
async def index(request: Request, machines: Machines) -> Response:
    """A machine that runs, three doors, and what there is on this server."""
    live = machines.all()
    return render(
        request,
        "index.html",
        f"{PREFIX}/machines",
        shown=_shown(machines),
        first=demo.FIRST,
        doors=doors(),
        machines=[machine_json(one) for one in live if not is_called_learn(one.kept.name)],
        of_learn=[machine_json(one) for one in live if is_called_learn(one.kept.name)],
        schedules=_schedules(machines),
    )


def _shown(machines: LiveMachines) -> dict[str, Any] | None:
    """The machine on the first page: the demonstration, else one that runs, else the newest.

    None of Learn's: those go when others need their place.
    """
    first = demo.find(machines, demo.FIRST)
    own = (live for live in machines.all() if not is_called_learn(live.kept.name))
    candidates = sorted(own, key=lambda live: live.published.status == "running")
    shown = first or next(reversed(candidates), None)
    return machine_json(shown) if shown else None


def _schedules(machines: LiveMachines) -> list[dict[str, Any]]:
    known = machines.schedules
    return [schedule_json(name, known.get(name)) for name in known.names()]


@router.get("/new")
async def new(request: Request, machines: Machines) -> Response:
    """The form for a new machine."""
    return render(
        request, "new.html", f"{PREFIX}/policies", schedules=_schedules(machines), **_model()
    )


@router.get("/demonstrations/{name}")
async def demonstration(request: Request, name: str) -> Response:
    """What a demonstration shows; the page has its machine made and opens it."""
    shown = demo.demonstration(name)
    twin = f"{PREFIX}/demonstrations"
    return render(request, "demonstration.html", twin, demonstration=shown)


@router.get("/machines/{machine_id}")
async def machine(request: Request, live: Live) -> Response:
    """One machine, live."""
    twin = f"{PREFIX}/machines/{live.id}"
    return render(request, "machine.html", twin, machine=machine_json(live), **_model())


@router.get("/compare")
async def compare(request: Request, machines: Machines) -> Response:
    """Two policies on one schedule; the query says which, and where."""
    schedules = machines.schedules
    first, second = COMPARED
    return render(
        request,
        "compare.html",
        f"{PREFIX}/comparisons",
        first=first,
        second=second,
        schedules=[schedule_json(name, schedules.get(name)) for name in schedules.names()],
        **_model(),
    )


@router.get("/check")
async def check(request: Request) -> Response:
    """The form for a check, and the checks of this server, or the one that the query names."""
    one = request.query_params.get("check")
    return render(
        request,
        "check.html",
        f"{PREFIX}/checks/{quote(one, safe='')}" if one else f"{PREFIX}/checks",
        usual=bounds_json(Bounds()),
        first_policy=FIRST_POLICY,
        properties=[property_json(invariant) for invariant in Invariant],
        isolation=[invariant.name for invariant in ISOLATION],
        **_model(),
    )


@router.get("/path")
async def path(request: Request) -> Response:
    """The player: every state along the path that the query names."""
    shown = [pair for pair in request.query_params.multi_items() if pair[0] != "at"]
    twin = f"{PREFIX}/paths?{urlencode(shown)}"
    return render(request, "path.html", twin, policy=request.query_params.get("policy", ""))


@router.get("/traces")
async def traces(request: Request) -> Response:
    """The library of infamous traces."""
    return render(request, "traces.html", f"{PREFIX}/traces", traces=traces_json())


@router.get("/s/{link}")
async def short_link(machines: Machines, link: str) -> Response:
    """The page that a short link stands for."""
    path = await machines.workers.run(find_link, machines.journal, link)
    return RedirectResponse(path, 303)


@router.get("/learn")
async def learn(request: Request) -> Response:
    """The chapters of Learn."""
    return render(request, "learn.html", f"{PREFIX}/chapters", chapters=CHAPTERS)


@router.get("/learn/{number}")
async def chapter(request: Request, chapter: Wanted) -> Response:
    """One chapter, ready to go: its machine is made when the page opens."""
    twin = f"{PREFIX}/chapters/{chapter.number}"
    if machine := request.query_params.get("machine"):
        twin += f"/check?{urlencode({'machine': machine})}"
    return render(request, "chapter.html", twin, chapter=chapter, last=len(CHAPTERS))


@router.get("/problems/{slug}")
async def problem(request: Request, slug: str) -> Response:
    """What a problem type means."""
    if slug not in PROBLEMS:
        raise ProblemError("not-found", f"no problem type is called {slug!r}")
    return render_problem(request, PROBLEMS[slug], 200)


def render_problem(
    request: Request, kind: ProblemType, status: int, detail: str | None = None
) -> Response:
    """The page of a problem type; ``detail`` says what happened where one has just happened."""
    shown = {"slug": kind.slug, "title": kind.title, "text": kind.text, "status": kind.status}
    twin = f"{PREFIX}/openapi.json"
    return render(request, "problem.html", twin, status, problem=shown | {"detail": detail})


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API, to be read and tried out, without internet."""
    return render(request, "docs.html", f"{PREFIX}/openapi.json")
