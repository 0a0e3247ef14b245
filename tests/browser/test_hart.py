"""One hart on the machine's page: its TLB entry by entry, its registers; and many harts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest
from tests.browser.test_accessibility import THEMES, complaints

pytestmark = pytest.mark.browser


def split_machine(rest: Rest) -> str:
    """A split TLB that keeps entries of a domain that is gone."""
    tlb = {"sets": 16, "ways": 4, "organisation": "split"}
    machine = rest.machine(platform={"preset": "rv64", "vmidlen": 4, "harts": 2, "tlb": tlb})
    for name in ("web", "db"):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 2, "name": name, "pages": 16})
        rest.post(f"/machines/{machine}/step", {"count": 4})
    rest.client.delete(f"/machines/{machine}/domains/0")
    return machine


def entries(rest: Rest, machine: str, hart: int, structure: str) -> list[dict[str, Any]]:
    tlb = rest.get(f"/machines/{machine}/harts/{hart}/tlb")
    return [entry for entry in tlb["entries"] if entry["structure"] == structure]


def test_legend_of_the_tlb_counts_what_the_api_lists(browser_page: Visit, rest: Rest) -> None:
    machine = split_machine(rest)
    browser_page.open_machine(rest, machine, "?hart=1")
    page = browser_page.page
    for structure in ("VS-stage", "G-stage"):
        page.select_option("#tlb-structure", structure)
        listed = entries(rest, machine, 1, structure)
        stale = sum(entry["stale"] for entry in listed)
        expect(page.locator("[data-tlb-count=stale]")).to_have_text(f"{stale:,}")
        for domain in {entry["owner"]["domain"] for entry in listed}:
            count = sum(entry["owner"]["domain"] == domain for entry in listed)
            expect(page.locator(f"[data-tlb-count='{domain}']")).to_have_text(f"{count:,}")
        expect(page.locator("#tlb-shape")).to_contain_text(f"{len(listed)} valid entries")


def test_chosen_entry_is_explained_in_the_api_s_words(browser_page: Visit, rest: Rest) -> None:
    machine = split_machine(rest)
    entry = next(e for e in entries(rest, machine, 0, "VS-stage") if e["stale"])
    place = f"{entry['structure']}/{entry['set']}/{entry['way']}"
    browser_page.open_machine(rest, machine, f"?hart=0&entry={place}")
    page = browser_page.page
    told = rest.get(f"/machines/{machine}/harts/0/tlb/{place}")
    expect(page.locator(".because li")).to_have_text(told["because"])
    expect(page.locator("[data-fates=removed] li")).to_have_text(
        [fate["fence"] for fate in told["removed_by"]]
    )
    kept = page.locator("[data-fates=kept]")
    for fate in told["kept_by"]:
        expect(kept).to_contain_text(fate["fence"])
        expect(kept).to_contain_text(fate["reason"])
    page.get_by_role("button", name=f"Select VMID {entry['vmid']}").click()
    browser_page.wait_until(lambda: f"vmid={entry['vmid']}" in page.url, "the VMID is selected")
    expect(page.locator("#inspector-title")).to_contain_text(f"VMID {entry['vmid']} ·")


def test_arrow_keys_move_from_entry_to_entry(browser_page: Visit, rest: Rest) -> None:
    machine = split_machine(rest)
    browser_page.open_machine(rest, machine, "?hart=0")
    page = browser_page.page
    expect(page.locator("#tlb-shape")).to_contain_text("valid")
    page.locator("#tlb-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    browser_page.wait_until(lambda: "entry=VS-stage/1/1" in page.url, "the address names the entry")
    expect(page.locator("#tlb-entry-title")).to_have_text("VS-stage entry, set 1, way 1")
    cell = page.locator("#tlb-grid [role=gridcell]:not([hidden])")
    expect(cell).to_contain_text("set 1, way 1: ")
    canvas = page.locator("#tlb-canvas")
    side = canvas.evaluate("canvas => canvas.clientWidth") / 16
    canvas.click(position={"x": 4.5 * side, "y": 2.5 * side})
    expect(page.locator("#tlb-entry-title")).to_have_text("VS-stage entry, set 4, way 2")


def test_register_shows_its_bits_and_what_a_write_would_leave(
    browser_page: Visit, rest: Rest
) -> None:
    machine = split_machine(rest)
    browser_page.open_machine(rest, machine, "?hart=0")
    page = browser_page.page
    page.get_by_text("hgatp and vsatp, bit by bit").click()
    panel = page.locator("#register-hgatp")
    register = rest.get(f"/machines/{machine}/harts/0/registers/hgatp")
    expect(panel.locator(".register-value")).to_have_text(register["value"])
    bits = panel.locator(".bit-rows").first.locator(".bit")
    expect(bits).to_have_count(64)
    assert int("".join(bits.all_inner_texts()), 2) == int(register["value"], 16)
    expect(panel.locator("tbody th")).to_have_text([f["field"] for f in register["fields"]])
    for field in register["fields"]:
        expect(panel.locator("tbody")).to_contain_text(field["norm"])
    before = rest.get(f"/machines/{machine}/digest")
    panel.get_by_label("If one wrote").fill("0x8001500000000003")
    panel.get_by_role("button", name="Ask").click()
    expect(panel.locator("[data-warl=read]")).to_have_text("0x8000500000000000")
    expect(panel.locator(".losses li")).to_have_text(
        [
            "bit 48 not as written: VMID is cut to VMIDLEN, 4 bits (norm:hgatp_vmid_lsbs)",
            "bits 1:0 not as written: the root table is aligned to 16 KiB (norm:hgatp_ppn_op)",
        ]
    )
    expect(panel.locator(".bit.lost")).to_have_count(3)
    assert rest.get(f"/machines/{machine}/digest") == before
    panel.get_by_label("If one wrote").fill("17 apples")
    panel.get_by_role("button", name="Ask").click()
    expect(panel.locator(".field-problem")).to_contain_text("value is '17 apples'")
    browser_page.expect_error("422")


def test_rv32_register_has_32_bits(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(platform={"preset": "rv32", "harts": 1})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.get_by_text("hgatp and vsatp, bit by bit").click()
    expect(page.locator("#register-vsatp .bit-rows").first.locator(".bit")).to_have_count(32)


def test_hart_is_chosen_by_its_card_for_every_panel(browser_page: Visit, rest: Rest) -> None:
    machine = split_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#hart-number")).to_have_text("0")
    page.get_by_role("button", name="Hart 1", exact=True).click()
    expect(page.locator("#hart-number")).to_have_text("1")
    expect(page.locator("#map-hart")).to_have_value("1")
    expect(page.get_by_role("button", name="Hart 1", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_many_harts_are_a_strip_and_one_card(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(
        policy="xen-riscv-head", platform={"preset": "rv64", "vmidlen": 7, "harts": 1024}
    )
    for _ in range(4):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 4})
    rest.post(f"/machines/{machine}/step", {"count": 1100})
    running = rest.get(f"/machines/{machine}/harts/occupancy")["in_guest"]
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator(".hart-card")).to_have_count(1)
    expect(page.locator("#hart-strip-text")).to_contain_text(
        f"1,024 harts, {sum(running)} of them are in guest mode"
    )
    page.locator("#hart-strip").focus()
    page.keyboard.press("Control+End")
    expect(page.locator("#hart-number")).to_have_text("1023")
    expect(page.locator(".hart-card")).to_have_attribute("data-hart", "1023")
    expect(page.locator("#hart-strip [role=gridcell]:not([hidden])")).to_contain_text("hart 1023:")


@pytest.mark.parametrize("theme", THEMES)
def test_hart_section_with_everything_open_has_no_barrier(
    browser_page: Visit, rest: Rest, theme: Any
) -> None:
    machine = split_machine(rest)
    page = browser_page.page
    page.emulate_media(color_scheme=theme)
    entry = entries(rest, machine, 0, "G-stage")[0]
    place = f"G-stage/{entry['set']}/{entry['way']}"
    browser_page.open_machine(rest, machine, f"?hart=0&domain=1&show=age&bookmark=3&entry={place}")
    page.get_by_text("hgatp and vsatp, bit by bit").click()
    page.get_by_text("The entries as a table").click()
    expect(page.locator("#tlb-rows tr").first).to_be_visible()
    expect(page.locator("#register-vsatp .bit")).to_have_count(64)
    page.locator("#register-vsatp").get_by_role("button", name="Ask").click()
    expect(page.locator("#register-vsatp .warl-answer")).to_contain_text("as written")
    assert complaints(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
