"""The body and the answer of short links."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from app.schemas.bodies import Body
from app.schemas.model import Answer

_PATH = "/machines/7f3a9c2e?vmid=5&filter=kind:violation"


class LinkBody(Body):
    """An address to be shortened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"path": _PATH}]})

    path: str = Field(description="path, query and fragment of a page of this server")


class Link(Answer):
    """A short link."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "k3vq7dba", "path": _PATH, "page": "/s/k3vq7dba"}]}
    )

    id: str = Field(description="the beginning of the address's SHA-256, in base 32")
    path: str
    page: str = Field(description="address that leads to `path`")
