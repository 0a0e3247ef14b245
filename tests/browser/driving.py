"""Driving the pages: what a reader sees and does, in the tests' words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.browser.started import Rest

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page

_CELL_PIXEL = """([vmid]) => {
  const canvas = document.getElementById("map-states");
  const [x, y] = [vmid % canvas.width, Math.floor(vmid / canvas.width)];
  const copy = new OffscreenCanvas(1, 1).getContext("2d");
  copy.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
  const [red, green, blue] = copy.getImageData(0, 0, 1, 1).data;
  const value = (red << 16) | (green << 8) | blue;
  return "#" + value.toString(16).padStart(6, "0").toUpperCase();
}"""
_STATE_OF = """async ([pixel, theme]) => {
  const palette = await (await fetch("/static/palette.json")).json();
  return Object.entries(palette.states[theme]).find(([, colour]) => colour === pixel)?.[0];
}"""


_PATIENCE_S = 30
"""How long to wait for what a page shows at once: test processes may share a slow machine."""


def expect(locator: Locator) -> Any:
    """Playwright's assertions, which wait; imported where they run, since they are optional."""
    from playwright.sync_api import expect as playwright_expect

    playwright_expect.set_options(timeout=_PATIENCE_S * 1000)
    return playwright_expect(locator)


class Visit:
    """A page, with what it said in its console and what it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def expect_error(self, part: str) -> None:
        """Take the console's note of a refused request, which must be there, off the errors."""
        self.wait_until(
            lambda: any(part in error for error in self.errors), f"the console has an error {part}"
        )
        self.errors = [error for error in self.errors if part not in error]

    def open_machine(self, rest: Rest, machine: str, query: str = "") -> None:
        """Open a machine's page and wait until it shows the machine as it is."""
        self.page.goto(f"/machines/{machine}{query}")
        self.wait_for_seq(rest, machine)

    def wait_for_seq(self, rest: Rest, machine: str) -> None:
        """Wait until map and harts show a paused machine's last event."""
        seq = rest.get(f"/machines/{machine}")["seq"]
        self.page.wait_for_selector(f"body[data-seq='{seq}']", state="attached")

    def cell_state(self, vmid: int, theme: str = "light") -> str:
        """The state whose colour a VMID's pixel on the map has."""
        pixel = self.page.evaluate(_CELL_PIXEL, [vmid])
        return str(self.page.evaluate(_STATE_OF, [pixel, theme]))

    def wait_for_cell(self, vmid: int, state: str, theme: str = "light") -> None:
        """Wait until a VMID's pixel has the colour of a state: a map is painted a frame after the
        page says that it shows an event."""
        self.wait_until(lambda: self.cell_state(vmid, theme) == state, f"VMID {vmid} is {state}")

    def wait_for_address(self, ending: str) -> None:
        """Wait until the address ends with this."""
        self.wait_until(lambda: self.page.url.endswith(ending), f"the address ends with {ending}")

    def open_index(self) -> None:
        """Open the first page, where there is a machine, and wait until it shows it."""
        self.page.goto("/")
        self.page.wait_for_selector(".machine-card .small-button")
        self.page.wait_for_selector("#live[data-ready][data-seq]")

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds. (Playwright's own waiting for a function needs eval, which
        our content policy forbids.)"""
        for _ in range(20 * _PATIENCE_S):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"after {_PATIENCE_S} s it still does not hold that {what}")

    def wait_a_frame(self) -> None:
        """Wait until what was asked of the page has been drawn, and told to what observes it."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def create_domain(self, **fields: str) -> None:
        """Create a domain with the dialog."""
        self.page.get_by_role("button", name="Create domain").click()
        for name, value in fields.items():
            self.page.fill(f"#create-{name}", value)
        self.page.click("#create-form button[type=submit]")
