"""Demonstrations as JSON objects."""

from __future__ import annotations

from typing import Any

from app import demo
from app.demo import Demonstration
from app.live import LiveMachines


def demonstration_json(machines: LiveMachines, one: Demonstration) -> dict[str, Any]:
    """A demonstration, with its machine's id where there is one."""
    live = demo.find(machines, one)
    return {
        "name": one.name,
        "title": one.title,
        "words": one.words,
        "policy": one.spec.policy,
        "machine": live.id if live else None,
        "page": f"/demonstrations/{one.name}",
    }
