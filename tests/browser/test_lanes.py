"""The hart lanes: what they show is the API's, by pointer, by keyboard and in the address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

if TYPE_CHECKING:
    from playwright.sync_api import Position

pytestmark = pytest.mark.browser
GUTTER = 76
AXIS = 38
PITCH = 30


@pytest.fixture(scope="module")
def machine(rest: Rest) -> str:
    """Six harts, seven ids and more domains than that: roll-overs that all harts are asked for."""
    machine = rest.machine(
        policy="kvm-riscv", platform={"preset": "rv64", "vmidlen": 3, "harts": 6}
    )
    for _ in range(9):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/step", {"count": 120})
    return machine


def open_lanes(visit: Visit, rest: Rest, machine: str, query: str = "") -> None:
    visit.open_machine(rest, machine, query)
    seq = rest.get(f"/machines/{machine}")["seq"]
    visit.page.wait_for_selector(f"#lanes-box[data-seq='{seq}'][data-span]")
    visit.page.locator("#lanes-panel").scroll_into_view_if_needed()


def span(visit: Visit) -> tuple[int, int]:
    """The machine time that is on screen."""
    said = visit.page.locator("#lanes-box").get_attribute("data-span") or ""
    first, last = said.split()
    return int(first), int(last)


def wait_for_span(visit: Visit, wanted: tuple[int, int]) -> None:
    visit.wait_until(lambda: span(visit) == wanted, f"the lanes show {wanted}")


def address(visit: Visit) -> dict[str, str]:
    """What the address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(visit.page.url).query).items()}


def lane_slices(rest: Rest, machine: str, hart: int) -> list[dict[str, int]]:
    answer = rest.get(f"/machines/{machine}/lanes?width=4096&harts={hart}")
    columns: dict[str, list[int]] = answer["lanes"][0]["slices"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def place_of(visit: Visit, slice_: dict[str, int], hart: int) -> Position:
    """Where the middle of a slice is on the canvas."""
    width = visit.page.locator("#lanes-canvas").evaluate("canvas => canvas.clientWidth")
    from_ns, to_ns = span(visit)
    middle = (slice_["start_ns"] + slice_["end_ns"]) / 2
    x = (middle - from_ns) * (width - GUTTER) / (to_ns - from_ns)
    return {"x": GUTTER + x, "y": AXIS + hart * PITCH + 10}


def test_first_view_fits_all_and_follows_the_live_end(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    wait_for_span(browser_page, (0, rest.get(f"/machines/{machine}")["now_ns"]))
    rest.post(f"/machines/{machine}/step", {"count": 30})
    wait_for_span(browser_page, (0, rest.get(f"/machines/{machine}")["now_ns"]))
    assert address(browser_page) == {}


def test_keys_zoom_move_and_fit_and_the_address_keeps_the_span(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    whole = span(browser_page)
    page = browser_page.page
    page.locator("#lanes-box").focus()
    page.keyboard.press("w")
    browser_page.wait_until(lambda: span(browser_page) != whole, "the lanes are zoomed")
    first, last = span(browser_page)
    assert abs((last - first) - (whole[1] - whole[0]) / 1.5) <= 2
    page.keyboard.press("ArrowUp")
    page.keyboard.press("d")
    browser_page.wait_until(lambda: span(browser_page)[0] > first, "the lanes moved on")
    browser_page.wait_until(lambda: "from" in address(browser_page), "the address says the span")
    # The address follows once the lanes have stood still for a while.
    browser_page.wait_until(
        lambda: (
            [address(browser_page).get(end) for end in ("from", "to")]
            == [str(end) for end in span(browser_page)]
        ),
        "the address says what is shown",
    )
    shown = span(browser_page)
    page.reload()
    page.wait_for_selector("#lanes-box[data-span]")
    page.locator("#lanes-box").scroll_into_view_if_needed()
    wait_for_span(browser_page, shown)
    page.locator("#lanes-box").focus()
    page.keyboard.press("f")
    wait_for_span(browser_page, whole)
    browser_page.wait_until(lambda: "from" not in address(browser_page), "the address is short")


def test_wheel_zooms_about_the_pointer_once_the_lanes_have_the_focus(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    whole = span(browser_page)
    page = browser_page.page
    canvas = page.locator("#lanes-canvas")
    width = canvas.evaluate("canvas => canvas.clientWidth") - GUTTER
    canvas.hover(position={"x": GUTTER + width / 4, "y": 40})
    page.mouse.wheel(0, 1)
    page.wait_for_timeout(150)
    assert span(browser_page) == whole
    page.locator("#lanes-box").focus()
    page.mouse.wheel(0, -400)
    browser_page.wait_until(lambda: span(browser_page) != whole, "the lanes are zoomed")
    first, last = span(browser_page)
    quarter = (whole[1] - whole[0]) / 4
    assert abs(first + (last - first) / 4 - quarter) < (whole[1] - whole[0]) / 200


def test_click_selects_a_slice_s_vmid_domain_and_hart_and_again_lets_go(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    wanted = max(lane_slices(rest, machine, 2)[3:8], key=lambda s: s["end_ns"] - s["start_ns"])
    place = place_of(browser_page, wanted, 2)
    canvas = browser_page.page.locator("#lanes-canvas")
    canvas.hover(position=place)
    expect(browser_page.page.locator("#lanes-readout")).to_contain_text(
        f"hart 2 · VMID {wanted['vmid']} "
    )
    canvas.click(position=place)
    selected = {"hart": "2", "vmid": str(wanted["vmid"]), "domain": str(wanted["domain"])}
    browser_page.wait_until(lambda: address(browser_page) == selected, "the slice is selected")
    canvas.click(position=place)
    browser_page.wait_until(lambda: address(browser_page) == {"hart": "2"}, "it is let go")


def test_enter_on_a_slice_goes_to_its_event(browser_page: Visit, rest: Rest, machine: str) -> None:
    open_lanes(browser_page, rest, machine)
    page = browser_page.page
    page.locator("#lanes-box").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#lanes-readout")).to_contain_text("hart 1 ·")
    words = page.locator("#lanes-readout").inner_text()
    page.keyboard.press("Enter")
    told = re.search(r"event ([\d,]+)", words)
    assert told is not None
    seq = int(told[1].replace(",", ""))
    assert seq in [slice_["seq"] for slice_ in lane_slices(rest, machine, 1)]
    moment = rest.get(f"/machines/{machine}?at={seq}")["seq"]
    page.wait_for_url(f"**at={moment}*")


def test_two_markers_tell_the_difference_that_the_api_counts(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    page = browser_page.page
    page.locator("#lanes-box").focus()
    canvas = page.locator("#lanes-canvas")
    width = canvas.evaluate("canvas => canvas.clientWidth") - GUTTER
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for share in (0.2, 0.6):
        canvas.hover(position={"x": GUTTER + share * width, "y": 40})
        page.keyboard.press("m")
    line = page.locator("#lanes-between")
    expect(line).to_contain_text("A to B Δ")
    browser_page.wait_until(lambda: any("/counts?" in url for url in asked), "it is counted")
    (url,) = [url for url in asked if "/counts?" in url]
    counts = rest.get(url.partition("/api/v1")[2])
    assert counts["fences"] > 0
    for count, noun in (
        (counts["world_switches"], "world switches"),
        (counts["fences"], "fences"),
        (counts["assignments"], "VMIDs assigned"),
    ):
        expect(line).to_contain_text(f"{count} {noun}")
    told = line.inner_text()
    page.reload()
    expect(line).to_have_text(told)
    page.locator("#lanes-box").focus()
    page.keyboard.press("Escape")
    expect(line).to_have_text("")


@pytest.mark.parametrize("focus", ["#lanes-box", "#map-grid"])
def test_brackets_move_the_page_and_are_read_out_on_the_lanes(
    browser_page: Visit, rest: Rest, machine: str, focus: str
) -> None:
    open_lanes(browser_page, rest, machine)
    page = browser_page.page
    page.locator(focus).focus()
    at = rest.get(f"/machines/{machine}")["seq"]
    for key, direction in (("[", "previous"), ("[", "previous"), ("]", "next")):
        previous = rest.get(f"/machines/{machine}?at={at}")["moment"]["previous"]
        start = at if key == "]" else previous + 1
        query = f"kind=fence&direction={direction}&from={start}"
        seq = rest.get(f"/machines/{machine}/marks?{query}")["seq"]
        at = rest.get(f"/machines/{machine}?at={seq}")["seq"]
        page.keyboard.press(key)
        page.wait_for_selector(f"body[data-seq='{at}']", state="attached")
        expect(page.locator("#lanes-readout")).to_contain_text(f"event {seq:,} at")


def test_remote_fence_says_who_asked_and_how_many_executed_it(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    request = rest.get(f"/machines/{machine}/marks?kind=request")
    before = rest.get(f"/machines/{machine}?at={request['seq']}")["moment"]["previous"]
    browser_page.page.goto(f"/machines/{machine}?at={before}")
    browser_page.page.wait_for_selector("#lanes-box[data-span]")
    browser_page.page.locator("#lanes-box").focus()
    browser_page.page.keyboard.press("]")
    expect(browser_page.page.locator("#lanes-readout")).to_contain_text(
        f"in event {request['seq']:,}, executed by 6 of 6 harts"
    )


def test_table_has_the_slices_of_the_api(browser_page: Visit, rest: Rest, machine: str) -> None:
    open_lanes(browser_page, rest, machine)
    page = browser_page.page
    page.locator("#lanes-table summary").click()
    rows = page.locator("#lanes-table-rows tr")
    expected = [
        f"{slice_['seq']:,}" for hart in range(6) for slice_ in lane_slices(rest, machine, hart)
    ]
    expect(rows.locator("td:last-child")).to_have_text(expected[:200])


def test_lanes_are_painted_anew_in_another_theme(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    open_lanes(browser_page, rest, machine)
    page = browser_page.page
    corner = """() => {
      const copy = new OffscreenCanvas(1, 1).getContext("2d");
      copy.drawImage(document.getElementById("lanes-canvas"), 1, 1, 1, 1, 0, 0, 1, 1);
      return [...copy.getImageData(0, 0, 1, 1).data];
    }"""
    page.emulate_media(color_scheme="light")
    browser_page.wait_until(lambda: page.evaluate(corner)[:3] == [255, 255, 255], "it is white")
    page.emulate_media(color_scheme="dark")
    browser_page.wait_until(lambda: page.evaluate(corner)[0] < 30, "it is dark")


def test_more_than_sixty_four_harts_are_strips_that_open(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="kvm-riscv", platform={"preset": "rv64", "harts": 96})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 8})
    rest.post(f"/machines/{machine}/step", {"count": 200})
    open_lanes(browser_page, rest, machine)
    page = browser_page.page
    canvas = page.locator("#lanes-canvas")
    canvas.dblclick(position={"x": GUTTER + 200, "y": AXIS + 18 + 4})
    expect(page.locator("#lanes-all")).to_be_visible()
    page.locator("#lanes-box").focus()
    browser_page.wait_until(
        lambda: page.locator("#lanes-box").evaluate("box => box.clientHeight") < 150,
        "two lanes are shown",
    )
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#lanes-readout")).to_contain_text("hart 2 ·")
    page.click("#lanes-all")
    expect(page.locator("#lanes-all")).to_be_hidden()
