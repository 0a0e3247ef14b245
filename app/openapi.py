"""OpenAPI: what FastAPI derives from the routes, completed and put right.

`python -m app.openapi` writes docs/openapi.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.schemas.problem import ALWAYS, Problem, examples, problems

SUMMARY = "VMID allocation and TLB fences of hypervisors, on simulated RISC-V harts"
_DESCRIPTION = """\
A *machine* is a platform and a policy. Commands (create a domain, migrate a vCPU, step …) change
it, and everything that happens is an event with a sequence number, `seq`.

Errors are problems (RFC 9457), `application/problem+json`. Lists are `{items, next_cursor}`; pass
`next_cursor` as `cursor` for the next page. Times are in nanoseconds of the machine's clock.
"""
_TAGS = [
    {"name": "model", "description": "What a machine may be made of."},
    {"name": "machines", "description": "Machines, which outlive the server."},
    {"name": "domains", "description": "Guests and their vCPUs, on one machine."},
    {"name": "time", "description": "Steps, the clock, and the stream of events."},
    {"name": "state", "description": "What is in a machine, and what happened."},
    {"name": "comparisons", "description": "Two policies on one schedule, side by side."},
    {"name": "checks", "description": "Every order of a small machine's steps, and paths in it."},
    {"name": "links", "description": "Short links for long addresses."},
    {"name": "learn", "description": "The chapters of Learn, each with machines of its own."},
    {"name": "health", "description": "For whoever watches the server."},
]
_MACHINE_STREAM = """\
event: frame
id: 42
data: {"from": 41, "to": 42, "now_ns": 250000, "status": "running", "speed": 10.0, "steps": 7, \
"playback": null, "metrics": {}, "events": [{"seq": 42, "event": "VsatpWritten"}]}

"""
_CHECK_STREAM = """\
event: check
id: 7
data: {"id": "7f3a9c2e", "state": "running", "seconds": 1.2, "progress": {"states": 41000, \
"transitions": 90000, "depth": 17, "waiting": 5200}, "verdict": null}

"""
_STREAMS = {"stream_events": _MACHINE_STREAM, "stream_check": _CHECK_STREAM}
"""Examples of what streams send; a check's fields are shortened."""


class DescribedApp(FastAPI):
    """An application that describes itself by `document`."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = document(self)
        return self.openapi_schema


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=SUMMARY,
        description=_DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
        servers=[{"url": "/"}],
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    )
    for path in found["paths"].values():
        for operation in path.values():
            _complete(operation["responses"], _STREAMS.get(operation["operationId"]))
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    found["components"] = {"schemas": dict(sorted(schemas.items())), "examples": examples()}
    return found


def _complete(responses: dict[str, Any], stream_example: str | None) -> None:
    """Add what may happen to every request, and say what a stream is in OpenAPI 3.1's words."""
    for status, response in problems(*ALWAYS).items():
        declared = responses.setdefault(str(status), response)
        if declared is not response:
            declared["description"] += f"; {response['description']}"
            for kind, content in response["content"].items():
                declared["content"][kind]["examples"] |= content["examples"]
    for response in responses.values():
        stream = response.get("content", {}).get("text/event-stream")
        if stream is not None:
            # FastAPI writes itemSchema, which OpenAPI has from 3.2 on.
            stream.clear()
            stream |= {"schema": {"type": "string"}, "example": stream_example}


def main(path: Path = Path("docs/openapi.json")) -> None:
    """Write the document, for readers and for a test that it is current."""
    # Later, since the application imports this module.
    from app.main import create_app
    from app.settings import Settings

    app = create_app(Settings(Path("unused")))
    text = json.dumps(app.openapi(), indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
