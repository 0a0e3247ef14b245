"""Comparisons: two policies on one schedule, and both machines at one step."""

from __future__ import annotations

from app.comparisons.pair import Pair
from app.comparisons.pairs import Comparisons
from app.comparisons.past import Standing

__all__ = ["Comparisons", "Pair", "Standing"]
