"""Answers about demonstrations."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from app.schemas.model import Answer


class Demonstration(Answer):
    """A machine that is ready to be watched."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "roll-over", "title": "Roll-over", "words": "Nine guests, seven ids.",
                    "policy": "kvm-riscv", "machine": None, "page": "/demonstrations/roll-over",
                }
            ]
        }
    )  # fmt: skip

    name: str
    title: str
    words: str
    policy: str
    machine: str | None = Field(description="id of its machine; null: it would be made")
    page: str = Field(description="address of the page that opens it playing")
