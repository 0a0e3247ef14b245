"""JSON or bytes: in which of the two a route answers that has both."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from app.schemas.problem import Responses

BYTES = "application/octet-stream"
VARY = {"Vary": "Accept"}
"""What every answer of such a route carries, whatever it was asked for."""
Format = Literal["json", "binary"]


def octets() -> Responses:
    """The `responses` of a route that may answer with bytes."""
    return {200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}


def _chosen(
    request: Request,
    format: Annotated[
        Format | None, Query(description=f"binary: the same as Accept: {BYTES}")
    ] = None,
) -> Format:
    """The query's word, which a link can carry, goes before the header's."""
    accepted: Format = "binary" if BYTES in request.headers.get("accept", "") else "json"
    return format or accepted


Chosen = Annotated[Format, Depends(_chosen)]
