"""Short links: a page's address under a name that its content gives it."""

from __future__ import annotations

import base64
import hashlib
import re
import string
from urllib.parse import unquote

from app.errors import invalid
from app.journal import Journal
from app.problems import ProblemError

LONGEST_PATH = 16_384
"""Characters. A counterexample of two thousand steps has six thousand."""
MOST_LINKS = 10_000
"""So that nobody fills the disk: some 160 MB at the very most."""
SHORT = "/s/"
_SHORTEST_ID = 8
"""Characters of five bits: two of a thousand links are equal once in two million servers."""
_UNRESERVED = frozenset(f"{string.ascii_letters}{string.digits}-._~")


def check_path(path: str) -> None:
    """Raises ProblemError unless ``path`` is an address of this server, relative to its root."""
    if len(path) > LONGEST_PATH:
        raise _refused(f"path has {len(path)} characters; {LONGEST_PATH} is allowed")
    shown = path if len(path) <= 80 else f"{path[:77]}…"
    if not all("!" <= character <= "~" and character != "\\" for character in path):
        raise _refused(f"path is {shown!r}; printable ASCII without spaces and \\ is allowed")
    # Two slashes begin another server's name.
    if not path.startswith("/") or path.startswith("//"):
        raise _refused(f"path is {shown!r}; a path that begins with one / is allowed")
    resource = re.split(r"[?#]", path, maxsplit=1)[0]
    _check_resource(resource, shown)
    # As a server reads it: it decodes the slashes too.
    if unquote(resource).startswith(SHORT):
        raise _refused(f"path is {shown!r}; an address that is not a short link is allowed")


def _check_resource(resource: str, shown: str) -> None:
    """An address has one way of being written, so that what it leads to can be told from it.

    A client takes dot segments out, and decodes unreserved characters (RFC 3986, 6.2.2).
    """
    for code in re.findall(r"%([0-9A-Fa-f]{2})", resource):
        character = chr(int(code, 16))
        if character in _UNRESERVED:
            allowed = f"{character!r} as it is, not as %{code}, is allowed"
            raise _refused(f"path is {shown!r}; {allowed}")
    if not {".", ".."}.isdisjoint(resource.split("/")):
        raise _refused(f"path is {shown!r}; a path without . and .. segments is allowed")


def _refused(message: str) -> ProblemError:
    return invalid(("body", "path"), message)


def add_link(journal: Journal, path: str) -> str:
    """Keep an address and return its id: the shortest beginning of its hash that is its own.

    The same address has the same id, however often it is added. Raises ProblemError for an
    address that is none of this server, or where there are too many; JournalError.
    """
    check_path(path)
    name = base64.b32encode(hashlib.sha256(path.encode()).digest()).decode().lower()
    for length in range(_SHORTEST_ID, len(name)):
        link = name[:length]
        held = journal.link(link)
        if held is None:
            _require_room(journal)
            journal.add_link(link, path)
        if held in (None, path):
            return link
    raise AssertionError("two addresses have one SHA-256")


def _require_room(journal: Journal) -> None:
    count = journal.count_links()
    if count >= MOST_LINKS:
        raise ProblemError("too-many-links", f"there are {count} links; {MOST_LINKS} is allowed")


def find_link(journal: Journal, link: str) -> str:
    """The address that a link leads to. Raises ProblemError where there is no such link."""
    path = journal.link(link)
    if path is None:
        raise ProblemError("link-not-found", f"link is {link[:80]!r}, which is not kept here")
    return path
