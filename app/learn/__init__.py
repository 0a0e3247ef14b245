"""Learn: a path of eight chapters, each on a machine of its own."""

from __future__ import annotations

from app.learn import (
    break_it,
    migration,
    remote_fences,
    review_thread,
    rollover,
    two_fences,
    vmidlen,
    why_tag,
)
from app.learn.chapter import Chapter

CHAPTERS: tuple[Chapter, ...] = tuple(
    module.CHAPTER
    for module in (
        why_tag, vmidlen, two_fences, rollover, remote_fences, migration, review_thread, break_it,
    )
)  # fmt: skip
"""The chapters, in order; chapter n stands at n - 1."""
