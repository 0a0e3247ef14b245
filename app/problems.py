"""The problem types: what can go wrong, as RFC 9457 types with a page each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem: last part of its URI, HTTP status, title, and the text of its page."""

    slug: str
    status: int
    title: str
    text: str

    @property
    def uri(self) -> str:
        """The type's URI, which resolves to its page."""
        return f"/problems/{self.slug}"


_ALL = (
    ProblemType(
        "malformed-json", 400, "The body is not JSON",
        "The request's body could not be parsed as JSON. The detail names the place. Nothing was "
        "changed.",
    ),
    ProblemType(
        "invalid-cursor", 400, "The cursor does not belong to this list",
        "A cursor continues the list it came from: the same resource with the same filters. Leave "
        "the parameter out to begin at the first page.",
    ),
    ProblemType(
        "missing-host", 400, "The request has no Host",
        "Every request must say, in its Host header, which server it is meant for.",
    ),
    ProblemType(
        "foreign-origin", 403, "The request comes from another site",
        "A browser sent a changing request on behalf of a page of another origin. Only pages of "
        "this server may change machines.",
    ),
    ProblemType(
        "not-found", 404, "There is nothing here",
        "No page and no resource has this address. The API is described at /docs.",
    ),
    ProblemType(
        "machine-not-found", 404, "There is no such machine",
        "The machine was deleted or never existed. GET /api/v1/machines lists those that exist.",
    ),
    ProblemType(
        "domain-not-found", 404, "There is no such domain",
        "The domain was destroyed, or never existed. Domain ids are never used again on a machine.",
    ),
    ProblemType(
        "vcpu-not-found", 404, "The domain has no such vCPU",
        "A domain's vCPUs are numbered from 0; their number is fixed when the domain is created.",
    ),
    ProblemType(
        "hart-not-found", 404, "The machine has no such hart",
        "Hart ids are given by the machine's platform and may be sparse.",
    ),
    ProblemType(
        "policy-not-found", 404, "There is no such policy",
        "GET /api/v1/policies lists the policies that this server knows.",
    ),
    ProblemType(
        "platform-not-found", 404, "There is no such platform",
        "GET /api/v1/platforms lists the platform presets that this server knows.",
    ),
    ProblemType(
        "check-not-found", 404, "There is no such check",
        "The check was forgotten or never existed; checks do not outlive the server. GET "
        "/api/v1/checks lists those that exist.",
    ),
    ProblemType(
        "link-not-found", 404, "There is no such short link",
        "A short link is known to the server that made it, for as long as its data folder is kept.",
    ),
    ProblemType(
        "chapter-not-found", 404, "There is no such chapter",
        "The chapters of Learn are numbered from 1. GET /api/v1/chapters lists them.",
    ),
    ProblemType(
        "method-not-allowed", 405, "The resource does not support this method",
        "The Allow header lists the methods that it supports.",
    ),
    ProblemType(
        "domain-state", 409, "The domain or vCPU is not in a state for this",
        "For example: pausing a paused domain, running a vCPU of a paused domain, or guest "
        "accesses of a vCPU that is not in guest mode. Nothing was changed.",
    ),
    ProblemType(
        "vmid-pool-exhausted", 409, "The policy has no VMID left for another domain",
        "A normal result, as -EBUSY is from the hypervisor: every VMID of the policy's pool is in "
        "use. No domain was created; the refusal is counted in the metrics as domains_refused and "
        "is an event in the machine's history. Destroy a domain first.",
    ),
    ProblemType(
        "too-many-machines", 409, "The server holds as many machines as it may",
        "Each machine takes memory. Delete one first.",
    ),
    ProblemType(
        "too-many-checks", 409, "Too many checks run or wait",
        "Only a few checks run at once, and the queue is full. Cancel one first.",
    ),
    ProblemType(
        "not-comparable", 409, "The two machines cannot stand side by side",
        "A comparison is of two machines that differ in their policy alone, on one schedule, to "
        "which nothing but steps has happened. POST /api/v1/comparisons finds or makes such two.",
    ),
    ProblemType(
        "too-many-links", 409, "The server holds as many short links as it may",
        "The long address works without one.",
    ),
    ProblemType(
        "events-expired", 410, "These events are no longer kept",
        "A machine keeps its newest events, compressed, up to a limit. The detail names the oldest "
        "that is kept. The events are not lost for good: the same specification and commands give "
        "the same events.",
    ),
    ProblemType(
        "body-too-large", 413, "The body is too large",
        "No request of this API needs more than 1 MiB.",
    ),
    ProblemType(
        "not-json", 415, "The body is not declared as JSON",
        "Bodies are JSON and must say so: Content-Type: application/json.",
    ),
    ProblemType(
        "unknown-host", 421, "The request is meant for another server",
        "The Host header names a host that this server does not answer to. It answers to localhost "
        "and the names it was started with, so that no web page can reach it under a name of its "
        "own (DNS rebinding).",
    ),
    ProblemType(
        "invalid-request", 422, "A value is not allowed",
        "The member `errors` lists each wrong field with its value and what is allowed. Nothing "
        "was changed.",
    ),
    ProblemType(
        "internal-error", 500, "Something is wrong with vmidscope itself",
        "A fault of the program and not of the request. A command that failed so is undone, unless "
        "it was kept before: then it stands. The machine is rebuilt from the commands that are "
        "kept, and the detail says whether this one is.",
    ),
    ProblemType(
        "journal-failed", 500, "The command could not be kept",
        "The command list on disk could not be written (a full disk, for example). What is not "
        "kept has not happened: the machine is rebuilt from the commands that are kept, and is "
        "restoring until then.",
    ),
    ProblemType(
        "machine-failed", 500, "The machine could not be brought back",
        "Replaying the machine's commands did not give the machine that was kept, for example "
        "because a newer version of the model acts differently. It can be looked at in the list "
        "and deleted.",
    ),
    ProblemType(
        "machine-restoring", 503, "The machine is being restored",
        "Its commands are being replayed after a restart. Try again when Retry-After has passed; "
        "the machine's status and progress can be read meanwhile.",
    ),
    ProblemType(
        "server-stopping", 503, "The server is stopping",
        "The server was asked to end. What was done until now is kept.",
    ),
    ProblemType(
        "not-ready", 503, "The server is not ready",
        "One of its parts does not work; the detail names it.",
    ),
)  # fmt: skip
PROBLEMS = {problem.slug: problem for problem in _ALL}
"""The problem types by slug."""


class ProblemError(Exception):
    """Something that is answered as a problem of a known type."""

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.type = PROBLEMS[slug]
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def body(self, instance: str) -> dict[str, Any]:
        """The problem as a JSON object; ``instance`` is the address that was asked for."""
        body = {
            "type": self.type.uri,
            "title": self.type.title,
            "status": self.type.status,
            "detail": self.detail,
            "instance": instance,
        }
        return {**body, "errors": self.errors} if self.errors else body

    def response(self, instance: str) -> Response:
        """The problem as a response."""
        # In ASCII: a message may quote text that is no Unicode.
        text = json.dumps(self.body(instance))
        return Response(text, self.type.status, self.headers, MEDIA_TYPE)
