"""Checks in worker processes: queued, watched, cancelled."""

from __future__ import annotations

from app.jobs.checks import Checks
from app.jobs.job import Job, Order

__all__ = ["Checks", "Job", "Order"]
