"""Opaque cursors: where in a list the next page begins, and which list that is."""

from __future__ import annotations

import base64
import hashlib
import json

from app.problems import ProblemError


def make_cursor(seq: int, *filters: object) -> str:
    """A cursor behind the entry ``seq`` of the list that ``filters`` describe."""
    text = json.dumps([seq, _mark(filters)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *filters: object) -> int | None:
    """The entry a cursor stands behind; None for no cursor.

    Raises ProblemError where it is none of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        seq, mark = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if isinstance(seq, int) and seq >= 0 and mark == _mark(filters):
            return seq
    except (ValueError, TypeError):
        pass
    raise ProblemError(
        "invalid-cursor",
        f"cursor is {cursor[:80]!r}; allowed is next_cursor of a page of this list, with the "
        "filters it was asked with",
    )


def _mark(filters: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(filters).encode()).hexdigest()[:12]
