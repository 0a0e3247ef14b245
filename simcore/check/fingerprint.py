"""Names of states that are the same in every process.

Part numbers count what one process met, in its own order, and Python salts the hashes of words anew
in each. So parts are named here by a digest of what is in them, and a state by a digest of its
canonical form's. Digests of parts have 8 bytes, of states 16: with a million parts, two share one
with a chance of 1 in 30 million.
"""

from __future__ import annotations

from enum import Enum
from hashlib import blake2b
from struct import Struct
from typing import Any

from simcore.check.collapse import Collapsed
from simcore.check.steps import Pool, State
from simcore.check.symmetry import Symmetry

_PART_BYTES, _STATE_BYTES = 8, 16


def encoded(value: object) -> bytes:
    """What a key is made of, as bytes: the same for equal keys, in any process."""
    if isinstance(value, Enum):
        return b"e" + f"{type(value).__name__}.{value.name};".encode()
    if isinstance(value, int):
        return b"i%d;" % value
    if isinstance(value, str):
        word = value.encode()
        return b"s%d:" % len(word) + word
    if isinstance(value, bytes):
        return b"b%d:" % len(value) + value
    if isinstance(value, tuple):
        return b"(" + b"".join(map(encoded, value)) + b")"
    if isinstance(value, frozenset):
        return b"{" + b"".join(sorted(map(encoded, value))) + b"}"
    assert value is None, f"{value!r} is no plain data"
    return b"n"


class _Digests(Pool):
    """Gives a key the same number in every process."""

    def number(self, key: Any, part: Any) -> int:
        number = self._numbers.get(key)
        if number is None:
            digest = blake2b(encoded(key), digest_size=_PART_BYTES).digest()
            number = self._numbers[key] = int.from_bytes(digest, "big")
        return number


class Fingerprints(Symmetry):
    """Names states; those that differ by names of domains and vCPUs alone share one.

    Without ``symmetry``, only equal states do.
    """

    def __init__(self, collapsed: Collapsed, *, symmetry: bool = True) -> None:
        super().__init__(collapsed)
        self._forms = self._seen = _Digests()
        self._symmetry = symmetry
        self._packed = Struct(f"{collapsed.layout.size}Q").pack

    def of(self, state: State) -> bytes:
        """The fingerprint of a state."""
        form = self.canonical(state) if self._symmetry else self._form(state, self._as_it_is)
        return blake2b(self._packed(*form), digest_size=_STATE_BYTES).digest()


def owner_of(fingerprint: bytes, owners: int) -> int:
    """Which of so many processes a state belongs to."""
    return int.from_bytes(fingerprint[:8], "big") % owners
