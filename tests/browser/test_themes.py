"""Four themes: chosen, kept, asked for by the system, and drawn on the canvas too."""

from __future__ import annotations

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest
from tests.browser.test_accessibility import complaints

pytestmark = pytest.mark.browser


def page_colour(visit: Visit) -> str:
    return str(visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_button_goes_round_and_the_choice_is_kept(browser_page: Visit) -> None:
    page = browser_page.page
    page.goto("/")
    for chosen in ("auto", "light", "dark"):
        page.get_by_role("button", name=f"Theme: {chosen}").click()
    expect(page.get_by_role("button", name="Theme: high contrast")).to_be_visible()
    page.goto("/problems/not-found")
    expect(page.locator("html")).to_have_attribute("data-look", "contrast")
    page.get_by_role("button", name="Theme: high contrast").click()
    expect(page.locator("html")).not_to_have_attribute("data-look", "contrast")
    page.reload()
    expect(page.get_by_role("button", name="Theme: auto")).to_be_visible()


@pytest.mark.parametrize(
    ("scheme", "colour"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(0, 0, 0)")]
)
def test_high_contrast_is_light_or_dark_as_the_system_is(
    browser_page: Visit, rest: Rest, scheme: str, colour: str
) -> None:
    machine = rest.troubled_machine()
    page = browser_page.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", contrast="more")
    browser_page.open_machine(rest, machine)
    assert page_colour(browser_page) == colour
    browser_page.wait_for_cell(0, "violation", f"{scheme}-contrast")
    page.get_by_role("button", name="Theme: auto").click()
    expect(page.locator("html")).not_to_have_attribute("data-look", "contrast")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/new", "/traces", "/check", "machine"])
def test_high_contrast_pages_have_no_barrier(
    browser_page: Visit, rest: Rest, scheme: str, path: str
) -> None:
    machine = rest.troubled_machine()
    page = browser_page.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", contrast="more")
    if path == "machine":
        browser_page.open_machine(rest, machine, "?vmid=0")
    elif path == "/":
        browser_page.open_index()
    else:
        page.goto(path)
    assert complaints(page) == []


def test_forced_colours_keep_what_says_where_one_is(browser_page: Visit, rest: Rest) -> None:
    rest.machine()
    page = browser_page.page
    page.emulate_media(forced_colors="active")
    browser_page.open_index()
    border = page.locator("nav [aria-current]").evaluate(
        "link => getComputedStyle(link).borderBottomWidth"
    )
    assert border == "3px"
    assert complaints(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_api_page_is_readable(browser_page: Visit, scheme: str) -> None:
    page = browser_page.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/docs")
    title = page.locator("#swagger-ui .info .title")
    expect(title).to_be_visible()

    def light() -> list[bool]:
        colour = title.evaluate("title => getComputedStyle(title).color")
        return [int(part) > 128 for part in colour[4:-1].split(",")[:3]]

    browser_page.wait_until(lambda: light() == [scheme == "dark"] * 3, "the title can be read")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_palette_has_no_barrier(browser_page: Visit, scheme: str) -> None:
    page = browser_page.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/traces")
    page.keyboard.press("Control+k")
    expect(page.locator("#commands[data-ready]")).to_be_visible()
    assert complaints(page) == []
