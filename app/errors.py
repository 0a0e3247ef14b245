"""The one place where what went wrong becomes an RFC 9457 problem."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.journal import JournalError
from app.live.machine import CommandFailedError
from app.problems import ProblemError, ProblemType
from app.schemas.bodies import PlatformBody
from simcore.machine import CommandError

log = logging.getLogger("vmidscope")

API_PREFIX = "/api/"
Loc = tuple[str | int, ...]
_OBJECT_FORM = PlatformBody.__name__
_OF_PLATFORM = PlatformBody.model_fields.keys() - {"preset"}
_FIELD = re.compile(r"([a-z_]+(?:\.[a-z_]+)*) (?:is|are|has) ")


def as_problem(error: Exception) -> ProblemError:
    """What an exception is, to a client."""
    match error:
        case ProblemError():
            return error
        case CommandError():
            return _command_problem(error)
        case JournalError():
            log.error("the journal failed: %s", error)
            return ProblemError("journal-failed", f"the journal could not be written: {error}")
        case CommandFailedError():
            log.error("a command failed", exc_info=error)
            return ProblemError("internal-error", str(error))
        case RequestValidationError():
            return _validation_problem(error)
        case HTTPException(__cause__=ProblemError() as cause):
            # Whatever happens while a body is read, FastAPI wraps.
            return cause
        case HTTPException(__cause__=ValueError() | RecursionError() as cause):
            return _unreadable(cause)
        case HTTPException():
            return _http_problem(error)
        case ValueError():
            return invalid(("body", *_named_field(str(error))), str(error))
    log.error("a request failed", exc_info=error)
    return ProblemError("internal-error", "the request failed; the server's log has the details")


RenderPage = Callable[[Request, ProblemType, int, str], Response]


def install_error_handlers(app: FastAPI, render_page: RenderPage) -> None:
    """Have every exception that a route raises answered as a problem.

    ``render_page`` shows it to a browser that asked for a page.
    """

    async def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if _wants_page(request):
            return render_page(request, problem.type, problem.type.status, problem.detail)
        return problem.response(request.url.path)

    for kind in (ProblemError, ValueError, JournalError, CommandFailedError, HTTPException):
        app.add_exception_handler(kind, handle)
    app.add_exception_handler(RequestValidationError, handle)


def _wants_page(request: Request) -> bool:
    in_api = request.url.path.startswith(API_PREFIX)
    return not in_api and "text/html" in request.headers.get("accept", "")


def invalid(loc: Loc, message: str) -> ProblemError:
    """One value in a request, at ``loc``, is not allowed; the message says what is."""
    errors = [{"loc": list(loc), "msg": message, "type": "value_error"}]
    return ProblemError("invalid-request", message, errors=errors)


def _named_field(message: str) -> tuple[str, ...]:
    """The field a message of the model begins with: `tlb.sets is 3; …` gives (tlb, sets)."""
    named = _FIELD.match(message)
    if named is None:
        return ()
    field = tuple(named[1].split("."))
    return ("platform", *field) if field[0] in _OF_PLATFORM else field


def _command_problem(error: CommandError) -> ProblemError:
    """Unknown domains and vCPUs are not found; known ones in a wrong state conflict."""
    if error.field in ("domain", "vcpu"):
        slug = f"{error.field}-not-found" if error.unknown else "domain-state"
        return ProblemError(slug, str(error))
    return invalid(("body", error.field), str(error))


def _validation_problem(error: RequestValidationError) -> ProblemError:
    items = error.errors()
    # A platform may be a name or an object. Which of the two was tried is nobody's business: where
    # an object was given, only what is wrong inside it counts.
    as_object = [item for item in items if _OBJECT_FORM in item["loc"]]
    items = [item for item in items if not as_object or "str" not in item["loc"]]
    errors = [_field_error(item) for item in items]
    slug = "invalid-request"
    if any(item["type"] == "json_invalid" for item in errors):
        slug = "malformed-json"
    return ProblemError(slug, "; ".join(item["msg"] for item in errors[:5]), errors=errors)


def _unreadable(cause: ValueError | RecursionError) -> ProblemError:
    """A body that the JSON reader gave up on, where it could not say at which byte of the text."""
    match cause:
        case UnicodeDecodeError():
            where, reason = f" at byte {cause.start}", f"not {cause.encoding}, {cause.reason}"
        case RecursionError():
            where, reason = "", "lists and objects are nested too deeply"
        case _:
            # What follows the semicolon is advice to a programmer.
            where, reason = "", str(cause).partition(";")[0]
    message = f"body is not JSON{where}: {reason}"
    errors = [{"loc": ["body"], "msg": message, "type": "json_invalid"}]
    return ProblemError("malformed-json", message, errors=errors)


def _field_error(item: Mapping[str, Any]) -> dict[str, Any]:
    """One error of a validation, naming field, value and what is allowed."""
    loc = [part for part in item["loc"] if part != _OBJECT_FORM]
    kind, message = str(item["type"]), str(item["msg"])
    field = ".".join(str(part) for part in loc[1:]) or str(loc[0])
    message = message[:1].lower() + message[1:]
    if kind == "json_invalid":
        place = loc[-1] if isinstance(loc[-1], int) else 0
        reason = item.get("ctx", {}).get("error", "not JSON")
        return {"loc": ["body"], "msg": f"body is not JSON at byte {place}: {reason}", "type": kind}
    if kind == "missing":
        text = f"{field} is missing; {message}"
    else:
        text = f"{field} is {_shown(item.get('input'))}; {message}"
    return {"loc": loc, "msg": text, "type": kind}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _http_problem(error: HTTPException) -> ProblemError:
    slugs = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}
    slug = slugs.get(error.status_code)
    if slug is None:
        slug = "invalid-request" if error.status_code < 500 else "internal-error"
    return ProblemError(slug, str(error.detail), headers=error.headers)
