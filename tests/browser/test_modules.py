"""A page asks for its modules at once, and for none that it does not use."""

from urllib.parse import urlsplit

import pytest

from tests.browser.driving import Visit
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("address", ["/", "/new", "/compare", "/check", "/learn", "/machines/"])
def test_modules_named_in_the_page_are_those_it_loads(
    browser_page: Visit, rest: Rest, address: str
) -> None:
    shown = address + rest.machine() if address == "/machines/" else address
    browser_page.page.goto(shown, wait_until="load")
    named = browser_page.page.eval_on_selector_all(
        "link[rel=modulepreload], script[type=module]",
        "(all) => all.map((one) => new URL(one.href || one.src).pathname)",
    )
    asked = [urlsplit(url).path for url in browser_page.requests if url.endswith(".js")]
    assert sorted(named) == sorted(set(asked) - {"/static/js/theme-early.js"})
    assert len(asked) == len(set(asked)), "a module was asked for twice"
