"""What the machine page says in numbers is what the API says; violations cannot be missed."""

import re
from typing import Any

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser

TILES = (
    "guest_entries",
    "world_switches",
    "ids_assigned",
    "rollovers",
    "local_fences",
    "remote_fences",
    "entries_dropped",
    "cycles_lost",
)


def counters(metrics: dict[str, Any]) -> dict[str, int]:
    """Every counter of the metrics by the name of its line on the page."""
    lines: dict[str, int] = {}
    for name, value in metrics.items():
        if isinstance(value, dict):
            lines |= {f"{name}.{kind}": count for kind, count in value.items()}
        elif name not in ("seq", "now_ns"):
            lines[name] = value
    return lines


def test_key_numbers_and_all_counters_equal_the_metrics(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="xen-riscv-head", schedule="first-start")
    rest.post(f"/machines/{machine}/step", {"count": 300})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.get_by_role("button", name="Step 100", exact=True).click()
    expect(page.locator("#machine-steps")).to_have_text("400")
    browser_page.wait_for_seq(rest, machine)
    metrics = rest.get(f"/machines/{machine}/metrics")
    assert metrics["world_switches"] > 50
    for name in TILES:
        expect(page.locator(f"[data-metric={name}]")).to_have_text(f"{metrics[name]:,}")
    rate = 100 * metrics["tlb_hits"] / metrics["accesses"]
    expect(page.locator("[data-metric=tlb_hit_rate]")).to_have_text(f"{rate:.2f} %")
    page.get_by_text("All counters").click()
    for line, count in counters(metrics).items():
        expect(page.locator(f"[data-counter='{line}']")).to_have_text(f"{count:,}")


def test_stream_and_fresh_page_show_the_same_numbers(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="kvm-riscv", schedule="first-start")
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    for _ in range(3):
        rest.post(f"/machines/{machine}/step", {"count": 50})
    expect(page.locator("#machine-steps")).to_have_text("150")
    browser_page.wait_for_seq(rest, machine)
    streamed = page.locator(".tiles").inner_text()
    page.reload()
    browser_page.wait_for_seq(rest, machine)
    browser_page.wait_until(
        lambda: page.locator(".tiles").inner_text() == streamed, "the numbers are the same"
    )


def test_no_violation_is_said_in_words(browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, rest.machine())
    expect(browser_page.page.locator("[data-metric=violations_total]")).to_have_text("none")
    expect(browser_page.page.locator("#violations")).to_be_hidden()


def test_violations_are_on_a_banner_with_the_number_of_the_api(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.troubled_machine()
    metrics = rest.get(f"/machines/{machine}/metrics")
    newest = rest.get(f"/machines/{machine}/violations?limit=1")["items"][0]
    assert metrics["violations"]["cross-domain"] > 0
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#violations")).to_be_visible()
    expect(page.locator("#violations-total")).to_have_text(f"{metrics['violations_total']:,}")
    kinds = [f"{n:,} {kind}" for kind, n in metrics["violations"].items() if n]
    expect(page.locator("#violations-kinds")).to_have_text(re.compile(" *".join(kinds)))
    expect(page.locator("#violations-newest")).to_have_text(f"Newest: {newest['sentence']}")
    browser_page.wait_for_cell(newest["vmid"], "violation")
    page.get_by_role("link", name="Show in the log").click()
    row = page.locator(f"#log-rows tr.active[data-seq='{newest['seq']}']")
    expect(row).to_contain_text("cross-domain")
    browser_page.wait_for_address(f"?filter=type:violation#log-{newest['seq']}")


def test_banner_appears_while_one_watches(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(platform={"preset": "rv64", "vmidlen": 6, "harts": 1})
    browser_page.open_machine(rest, machine)
    for _ in range(2):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
        rest.post(f"/machines/{machine}/step", {"count": 20})
        domain = rest.get(f"/machines/{machine}/domains")["items"][0]["id"]
        rest.client.delete(f"/machines/{machine}/domains/{domain}")
    total = rest.get(f"/machines/{machine}/metrics")["violations_total"]
    assert total > 0
    expect(browser_page.page.locator("#violations-total")).to_have_text(f"{total:,}")
    expect(browser_page.page.locator("#violations-alert")).to_contain_text("Wrong TLB hits")


def test_legend_counts_equal_the_bitmap(browser_page: Visit, rest: Rest) -> None:
    machine = rest.troubled_machine()
    browser_page.open_machine(rest, machine)
    counts = rest.get(f"/machines/{machine}/bitmap")["counts"]
    for state, count in counts.items():
        expect(browser_page.page.locator(f"[data-state-count={state}]")).to_have_text(f"{count:,}")


def test_hart_card_says_what_the_api_says(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="xen-riscv-head", platform={"preset": "rv64", "harts": 2})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1, "name": "guest"})
    rest.post(f"/machines/{machine}/step", {"count": 5})
    browser_page.open_machine(rest, machine)
    hart = rest.get(f"/machines/{machine}/harts/0")
    card = browser_page.page.locator("[data-hart='0']")
    expect(card.locator(".field-vmid dd")).to_contain_text(f"{hart['hgatp']['vmid']} (0x")
    expect(card.locator(".field-ppn dd")).to_have_text(hart["hgatp"]["ppn"])
    expect(card.locator(".hart-running")).to_contain_text("guest")
    expect(card.locator(".hart-generation")).to_have_text(f"generation {hart['generation']}")
    tlb = hart["tlb"]
    expect(card.locator(".fill-text")).to_contain_text(f"{tlb['valid']} of {tlb['capacity']}")


def test_programmed_vmid_that_was_cut_is_told_beside_the_effective_one(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine(platform={"preset": "rv64", "vmidlen": 1, "harts": 1})
    for _ in range(3):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    rest.post(f"/machines/{machine}/domains/2/vcpus/0/run", {"hart": 0})
    browser_page.open_machine(rest, machine)
    warning = browser_page.page.locator("[data-hart='0'] .warning")
    expect(warning).to_have_text(
        "programmed VMID 2 (0x0002); with 1 bit it took effect as 0 (0x0000)"
    )
