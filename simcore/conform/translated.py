"""Replays of allocators whose files have words of their own: those not made for hgatp.

The policy is the allocator carried over to RISC-V fences, and what it does is told in the file's
words again. HFENCE.VVMA has none: where the original drops both stages by one instruction, it is
that instruction's other half, and where RISC-V owes one of its own (it acts on hgatp.VMID alone)
there is nothing in the original. The fence after probing VMIDLEN is left out for the same reason.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from simcore.conform.allocator import AllocatorReplay, Fields
from simcore.conform.record import Record
from simcore.conform.vocabulary import WORLD_SWITCH_WORDS, Word
from simcore.hw.ids import HartId
from simcore.policies.base import Policy

P = TypeVar("P", bound=Policy)

Translation = Callable[[Any, Word], Word]
"""A method of a replay that tells a word in the file's own."""

VSATP_WORDS = WORLD_SWITCH_WORDS - {"hgatp_write"}
OTHER_HALVES = frozenset({"hfence_vvma_all"})


class TranslatedReplay(AllocatorReplay[P]):
    """A replay that answers in the file's words; one without translation stays, and differs."""

    translations: ClassVar[Mapping[str, Translation]]
    unrecorded = WORLD_SWITCH_WORDS | OTHER_HALVES

    def answer(self, operation: Record) -> Fields:
        """The `r` object of one operation, its `ev` in the file's words."""
        fields = super().answer(operation)
        words = fields.get("ev")
        if isinstance(words, list):
            fields["ev"] = [self._translated(word) for word in words]
        return fields

    def _translated(self, word: Word) -> Word:
        translation = self.translations.get(str(word["k"]))
        return word if translation is None else translation(self, word)

    def boot_untold(self, *harts: HartId) -> None:
        """Bring harts up whose ids are counted without a write to hgatp, so without its fence."""
        for hart in harts:
            self.boot(hart)
        self.rig.take()


def renamed(kind: str, **fields: str) -> Translation:
    """A translation to the word `kind`; ``fields`` are its fields and the ones they come from."""

    def translation(replay: Any, word: Word) -> Word:
        return {"k": kind, **{own: word[source] for own, source in fields.items()}}

    return translation
