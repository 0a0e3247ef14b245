"""Problems in OpenAPI: their shape, and which a route may answer with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.problems import MEDIA_TYPE, PROBLEMS, ProblemError


class FieldProblem(BaseModel):
    """One value of a request that is not allowed."""

    model_config = ConfigDict(extra="forbid")

    loc: list[str | int] = Field(description="where it is: body, path or query, then the names")
    msg: str = Field(description="field, value, and what is allowed")
    type: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="address of the page that explains this kind of problem")
    title: str
    status: int
    detail: str
    instance: str = Field(description="the address that was asked for")
    errors: list[FieldProblem] | None = None


ON_MACHINE = ("machine-not-found", "machine-failed", "machine-restoring", "invalid-request")
"""What may happen wherever a machine is named and has to be there."""
WITH_BODY = ("malformed-json", "foreign-origin", "not-json", "body-too-large", "invalid-request")
"""What may happen to a request with a body."""
ON_CHANGE = ("foreign-origin", "journal-failed")
"""What may happen to a request that changes something."""
ALWAYS = ("missing-host", "unknown-host", "internal-error")
"""What may happen to every request; added to every operation."""

Responses = dict[int | str, dict[str, Any]]


def problems(*slugs: str) -> Responses:
    """The `responses` of a route that may answer with these problems."""
    responses: Responses = {}
    for slug in dict.fromkeys(slugs):
        problem = PROBLEMS[slug]
        response = responses.setdefault(problem.status, _response())
        response["description"] = "; ".join(filter(None, (response["description"], problem.title)))
        response["content"][MEDIA_TYPE]["examples"][slug] = {
            "$ref": f"#/components/examples/{slug}"
        }
    return responses


def _response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "", "content": {MEDIA_TYPE: {"schema": schema, "examples": {}}}}


def examples() -> dict[str, Any]:
    """One example of each problem type, for OpenAPI's components."""
    instance = "/api/v1/machines"
    return {
        slug: {"value": ProblemError(slug, problem.text).body(instance)}
        for slug, problem in PROBLEMS.items()
    }
