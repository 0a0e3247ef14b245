"""Answers: JSON that is encoded once, and pages of lists with their Link header."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request
from starlette.responses import Response


def json_response(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """``content`` as it is: views are plain JSON objects already."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status, headers, "application/json")


def list_response(items: list[Any]) -> Response:
    """A list that is always whole."""
    return json_response({"items": items, "next_cursor": None})


def page_response(request: Request, page: dict[str, Any]) -> Response:
    """A page of a list; RFC 8288 Link names the next one."""
    cursor = page["next_cursor"]
    if cursor is None:
        return json_response(page)
    following = request.url.include_query_params(cursor=cursor)
    link = f'<{following.path}?{following.query}>; rel="next"'
    return json_response(page, headers={"Link": link})


def not_modified(request: Request, tag: str) -> bool:
    """Whether the client has the version ``tag`` already (RFC 9110, If-None-Match)."""
    held = request.headers.get("if-none-match", "")
    return tag in (part.strip().removeprefix("W/") for part in held.split(","))
