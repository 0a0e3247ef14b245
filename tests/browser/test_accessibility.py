"""axe finds nothing on our pages, in both themes. (The API page's markup is Swagger UI's.)"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.driving import Visit
from tests.browser.started import Rest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Theme = Literal["light", "dark"]
THEMES = ("light", "dark")


def complaints(page: Page) -> list[str]:
    """What axe finds, one line a rule."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


@pytest.mark.parametrize("theme", THEMES)
def test_index_has_no_barrier(browser_page: Visit, rest: Rest, theme: Theme) -> None:
    rest.troubled_machine()
    browser_page.page.emulate_media(color_scheme=theme)
    browser_page.open_index()
    assert complaints(browser_page.page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_form_for_a_machine_has_no_barrier(browser_page: Visit, theme: Theme) -> None:
    browser_page.page.emulate_media(color_scheme=theme)
    browser_page.page.goto("/new")
    browser_page.page.get_by_text("How guests use memory").click()
    assert complaints(browser_page.page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_machine_page_with_everything_on_it_has_no_barrier(
    browser_page: Visit, rest: Rest, theme: Theme
) -> None:
    machine = rest.troubled_machine()
    rest.post(f"/machines/{machine}/domains/2/unmap", {"first": 0})
    browser_page.page.emulate_media(color_scheme=theme)
    browser_page.open_machine(rest, machine, "?vmid=0")
    page = browser_page.page
    page.wait_for_selector("#domain-rows tr")
    page.wait_for_selector("#log-rows tr")
    page.get_by_text("All counters").click()
    page.locator("#map-table summary").click()
    assert complaints(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_narrow_machine_page_has_no_barrier(browser_page: Visit, rest: Rest, theme: Theme) -> None:
    machine = rest.troubled_machine()
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=theme)
    browser_page.open_machine(rest, machine)
    page.wait_for_selector("#domain-rows tr")
    page.wait_for_selector("#lanes-box[data-span]")
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1440, 390])
def test_comparison_has_no_barrier(browser_page: Visit, theme: Theme, width: int) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=theme)
    page.goto("/compare?steps=2400&vmid=5")
    page.wait_for_selector("body[data-steps='2400']", state="attached")
    page.click("#first-divergence")
    page.wait_for_selector("#divergence-found h3")
    page.get_by_text("Platform and seed").click()
    page.locator("#difference-table summary").click()
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("opened_by", ["#create-domain", "#open-help"])
def test_dialogs_have_no_barrier(
    browser_page: Visit, rest: Rest, theme: Theme, opened_by: str
) -> None:
    browser_page.page.emulate_media(color_scheme=theme)
    browser_page.open_machine(rest, rest.machine())
    browser_page.page.click(opened_by)
    assert complaints(browser_page.page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_learn_has_no_barrier(browser_page: Visit, theme: Theme) -> None:
    page = browser_page.page
    page.emulate_media(color_scheme=theme)
    page.goto("/learn")
    assert complaints(page) == []
    for number in range(1, 9):
        page.goto(f"/learn/{number}")
        page.wait_for_selector("body[data-seq]", state="attached")
        assert complaints(page) == [], number


@pytest.mark.parametrize("theme", THEMES)
def test_narrow_chapter_that_is_done_and_compared_has_no_barrier(
    browser_page: Visit, theme: Theme
) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=theme)
    page.goto("/learn/7")
    for button in ("Destroy A, create another", "Step", "Step", "Step"):
        page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_selector("#learned:not([hidden])")
    assert complaints(page) == []
    page.get_by_role("button", name="Same steps as repaired").click()
    page.wait_for_selector("#comparison-rows tr")
    assert complaints(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_problem_page_has_no_barrier(browser_page: Visit, theme: Theme) -> None:
    browser_page.page.emulate_media(color_scheme=theme)
    browser_page.page.goto("/problems/vmid-pool-exhausted")
    assert complaints(browser_page.page) == []
