"""The texts' two marks as HTML: `code`, and [words](/address) of this server."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_MARK = re.compile(r"`(?P<code>[^`]+)`|\[(?P<words>[^\]]+)\]\((?P<address>/[^)\s]*)\)")


def addresses(text: str) -> list[str]:
    """Where a text's links lead."""
    return [match["address"] for match in _MARK.finditer(text) if match["address"]]


def codes(text: str) -> list[str]:
    """What a text has set as code."""
    return [match["code"] for match in _MARK.finditer(text) if match["code"]]


def html(text: str) -> Markup:
    """A text with its marks as elements, and everything else escaped."""
    parts: list[Markup] = []
    end = 0
    for match in _MARK.finditer(text):
        parts += [escape(text[end : match.start()]), _element(match)]
        end = match.end()
    return Markup().join([*parts, escape(text[end:])])


def _element(match: re.Match[str]) -> Markup:
    if match["code"]:
        return Markup("<code>{}</code>").format(match["code"])
    return Markup('<a href="{}">{}</a>').format(match["address"], match["words"])
