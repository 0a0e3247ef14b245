"""Makes docs/screenshots: python -m tests.browser.screenshots

Every page, light and dark, wide and narrow. Machines stand still after a stated number of steps:
the same pictures each time, but for the fonts and how long a check took.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import run
from tests.browser.driving import Visit
from tests.browser.started import ROOT, Rest, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "screenshots"
CHECK = "/check?policy=xen-riscv-v2-reviewed&harts=1&domains=2"
SIZES = {1440: 1320, 390: 844}
"""Height of the picture by its width, in CSS pixels."""


def make_machines(rest: Rest) -> str:
    """The machines in the pictures; returns the one that has a page of its own."""
    recorded = {"schedule": "first-start", "loop": True}
    # The specification of the demonstration, which the first page shows.
    demonstrated = rest.machine(
        name="First start", platform={"preset": "rv64", "vmidlen": 6, "harts": 2}, **recorded
    )
    rest.post(f"/machines/{demonstrated}/step", {"count": 2700})
    shown = rest.machine(
        name="First start, four harts",
        platform={"preset": "rv64", "vmidlen": 6, "harts": 4},
        **recorded,
    )
    rest.post(f"/machines/{shown}/step", {"count": 4500})
    merged = rest.machine(
        name="The merged scheme, 4 bits",
        policy="xen-riscv-head",
        platform={"preset": "rv64", "vmidlen": 4, "harts": 4},
        **recorded,
    )
    rest.post(f"/machines/{merged}/step", {"count": 4500})
    kvm = rest.machine(
        name="KVM on RV32", policy="kvm-riscv", platform={"preset": "rv32", "harts": 4}
    )
    for _ in range(40):
        rest.post(f"/machines/{kvm}/domains", {"vcpus": 2})
    rest.post(f"/machines/{kvm}/step", {"count": 400})
    for domain in (3, 7, 8, 20, 21):
        rest.client.delete(f"/machines/{kvm}/domains/{domain}")
    return shown


def take(browser: Browser, rest: Rest, url: str, machine: str, theme: str, width: int) -> None:
    """All pages in one theme and width."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    visit = Visit(context.new_page())
    visit.page.goto("/")
    visit.page.wait_for_selector(".machine-card .small-button")
    visit.page.wait_for_timeout(1000)
    visit.page.screenshot(path=FOLDER / f"index-{theme}-{width}.png")
    visit.page.goto("/new")
    visit.page.screenshot(path=FOLDER / f"new-{theme}-{width}.png")
    visit.open_machine(rest, machine, "?vmid=3")
    visit.page.wait_for_selector(".per-hart li")
    visit.page.wait_for_selector("#log-rows tr")
    visit.page.screenshot(path=FOLDER / f"machine-{theme}-{width}.png")
    visit.page.keyboard.press("Control+k")
    visit.page.wait_for_selector("#commands[data-ready]")
    visit.page.screenshot(path=FOLDER / f"commands-{theme}-{width}.png")
    take_comparison(visit.page, f"{theme}-{width}.png")
    take_explorer(visit.page, rest, f"{theme}-{width}.png")
    take_learn(visit.page, f"{theme}-{width}.png")
    context.close()


def take_comparison(page: Page, ending: str) -> None:
    """The patch as posted and as repaired, where they part."""
    page.goto("/compare?steps=2400&vmid=5")
    page.wait_for_selector("body[data-steps='2400']", state="attached")
    page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / f"compare-{ending}")


def take_explorer(page: Page, rest: Rest, ending: str) -> None:
    """A check that holds, the library, and its first trace in the player."""
    page.goto(CHECK)
    page.click("#check-start")
    page.wait_for_selector(".verdict-head")
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / f"check-{ending}")
    page.goto("/traces")
    page.screenshot(path=FOLDER / f"traces-{ending}")
    page.goto(rest.get("/traces")["items"][0]["page"])
    page.wait_for_selector("#player[data-at]")
    page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / f"path-{ending}")


def take_learn(page: Page, ending: str) -> None:
    """The chapters, and one of them with its task done."""
    page.goto("/learn")
    page.screenshot(path=FOLDER / f"learn-{ending}")
    page.goto("/learn/7")
    for button in ("Destroy A, create another", "Step", "Step", "Step"):
        page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_selector("#learned:not([hidden])")
    page.wait_for_timeout(800)
    page.screenshot(path=FOLDER / f"chapter-{ending}")


def main() -> int:
    """Make all pictures; returns the exit status."""
    from playwright.sync_api import sync_playwright

    chromium = run.find_chromium()
    if chromium is None:
        print("no Chromium found: apt install chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as data, started(Path(data)) as server:
        rest = Rest(server.url)
        machine = make_machines(rest)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
            for theme in ("light", "dark"):
                for width in SIZES:
                    take(browser, rest, server.url, machine, theme, width)
            browser.close()
        rest.client.close()
    for picture in sorted(FOLDER.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
