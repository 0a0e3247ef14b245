"""The flush log: groups, filters in words and in the address, following, and a million lines."""

import re
from typing import Any

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def busy_machine(rest: Rest, steps: int) -> str:
    """A machine that fences twice at each world switch, and switches at each step."""
    machine = rest.machine(policy="untagged", platform={"preset": "rv64", "harts": 1})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/step", {"count": steps})
    return machine


def seqs(visit: Visit) -> list[int]:
    """The events of the rows in the document, from the top."""
    return [int(seq) for seq in visit.page.locator("#log-rows tr[data-seq]").evaluate_all(
        "rows => rows.map((row) => row.dataset.seq)"
    )]  # fmt: skip


def api_rows(rest: Rest, machine: str, **query: Any) -> list[Any]:
    """The newest rows that the API has, newest first."""
    path = f"/machines/{machine}/log"
    matching = rest.get(f"{path}?{_query(query)}&count=0")["matching"]
    query["first"] = max(0, matching - 500)
    rows: list[Any] = rest.get(f"{path}?{_query(query)}&count=500")["rows"]
    return rows[::-1]


def _query(query: dict[str, Any]) -> str:
    return "&".join(f"{key}={value}" for key, value in query.items())


def starts_with(visit: Visit, rows: list[Any]) -> None:
    """The rows on screen are the first of these."""
    expected = [row["seq"] for row in rows]

    def holds() -> bool:
        shown = seqs(visit)
        return 0 < len(shown) <= len(expected) and shown == expected[: len(shown)]

    visit.wait_until(holds, "the rows are those of the API")


def test_lines_are_those_of_the_api_newest_first(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    browser_page.open_machine(rest, machine, "?log=lines")
    items = api_rows(rest, machine)
    starts_with(browser_page, items)
    first = browser_page.page.locator("#log-rows tr").first
    expect(first).to_contain_text(f"{items[0]['seq']:,}")
    expect(first).to_contain_text("HFENCE.VVMA, VMID 0, all ASIDs")
    expect(first).to_contain_text("world switch")
    table = browser_page.page.locator("#log-table")
    expect(table).to_have_attribute("aria-rowcount", str(len(items) + 1))
    expect(first).to_have_attribute("aria-rowindex", "2")


def test_new_lines_come_while_the_log_is_followed(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 1)
    browser_page.open_machine(rest, machine, "?log=lines")
    starts_with(browser_page, api_rows(rest, machine))
    rest.post(f"/machines/{machine}/step", {"count": 10})
    starts_with(browser_page, api_rows(rest, machine))
    count = rest.get(f"/machines/{machine}/log?count=0")["total"]
    expect(browser_page.page.locator("#log-count")).to_have_text(f"{count} lines")


def test_group_opens_to_its_lines_by_key_and_by_click(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 30)
    browser_page.open_machine(rest, machine, "?filter=kind:hfence_gvma+type:executed")
    page = browser_page.page
    rows = page.locator("#log-rows tr")
    items = api_rows(rest, machine, filter="kind:hfence_gvma type:executed")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(f"×{len(items)}")
    expect(rows.first).to_contain_text("HFENCE.GVMA")
    expect(rows.first).to_have_attribute("aria-expanded", "false")
    page.locator("#log-table").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(rows.first).to_have_attribute("aria-expanded", "true")
    expect(rows.nth(1)).to_have_attribute("aria-level", "2")
    browser_page.wait_until(
        lambda: seqs(browser_page)[1:11] == [item["seq"] for item in items[:10]],
        "the group's lines stand under it",
    )
    expect(page.locator("#log-follow")).not_to_be_checked()
    page.locator(".log-toggle").click()
    expect(rows).to_have_count(1)


def test_groups_or_lines_is_in_the_address(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 5)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.get_by_label("Groups").uncheck()
    page.wait_for_url(f"**/machines/{machine}?log=lines")
    starts_with(browser_page, api_rows(rest, machine))
    page.get_by_label("Groups").check()
    page.wait_for_url(f"**/machines/{machine}")


def test_filter_lives_in_the_address_and_in_the_facets(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    browser_page.open_machine(rest, machine, "?filter=kind:hfence_gvma&log=lines")
    page = browser_page.page
    expect(page.locator("#log-filter")).to_have_value("kind:hfence_gvma")
    facet = page.get_by_role("button", name=re.compile(r"^hfence_gvma\b"))
    expect(facet).to_have_attribute("aria-pressed", "true")
    starts_with(browser_page, api_rows(rest, machine, filter="kind:hfence_gvma"))
    page.get_by_role("button", name=re.compile(r"^hfence_vvma\b")).click()
    expect(page.locator("#log-filter")).to_have_value("kind:hfence_gvma kind:hfence_vvma")
    page.wait_for_url("**?filter=kind:hfence_gvma+kind:hfence_vvma&log=lines")
    facet.click()
    page.wait_for_url("**?filter=kind:hfence_vvma&log=lines")
    page.get_by_role("button", name="Clear").click()
    page.wait_for_url(f"**/machines/{machine}?log=lines")


def test_counts_of_the_facets_are_those_of_the_api(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="kvm-riscv", schedule="first-start")
    rest.post(f"/machines/{machine}/step", {"count": 1500})
    browser_page.open_machine(rest, machine, "?filter=hart:0+redundant:no")
    facets = rest.get(f"/machines/{machine}/log?filter=hart:0 redundant:no&count=0")["facets"]
    told = [value for facet in facets if len(facet["values"]) > 1 for value in facet["values"]]
    assert len(told) > 4
    for value in told:
        button = browser_page.page.locator(f"[data-term='{value['term']}'] .count")
        expect(button).to_have_text(f"{value['count']:,}")


def test_totals_are_the_metrics(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="kvm-riscv", schedule="first-start")
    rest.post(f"/machines/{machine}/step", {"count": 1500})
    browser_page.open_machine(rest, machine)
    metrics = rest.get(f"/machines/{machine}/metrics")
    page = browser_page.page
    expect(page.locator("#log-total-local")).to_have_text(f"{metrics['local_fences']:,}")
    expect(page.locator("#log-total-remote")).to_have_text(f"{metrics['remote_fences']:,}")
    expect(page.locator("#log-total-cycles")).to_have_text(f"{metrics['cycles_lost']:,}")
    parts = [metrics[name] for name in ("fence_cycles", "remote_fence_cycles", "walk_cycles")]
    assert sum(parts) == metrics["cycles_lost"]
    words = "fences {:,} + remote {:,} + walks {:,}".format(*parts)
    expect(page.locator("#log-total-parts")).to_have_text(words)
    fences = metrics["local_fences"] + metrics["remote_fences"]
    expected = f"{1000 * fences / metrics['ids_assigned']:,.1f}"
    expect(page.locator("#log-total-rate")).to_have_text(expected)


def test_what_the_lines_found_come_to_is_that_of_the_api(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="kvm-riscv", schedule="first-start")
    rest.post(f"/machines/{machine}/step", {"count": 1500})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#log-rows tr[data-seq]").first).to_be_visible()
    assert page.locator("#log-sums").inner_text() == ""
    sums = rest.get(f"/machines/{machine}/log?filter=redundant:no&count=0")["sums"]
    page.fill("#log-filter", "redundant:no")
    words = f"{sums['fences']:,} fences, 0 of them dropped nothing · {sums['dropped']:,} entries"
    expect(page.locator("#log-sums")).to_have_text(
        f"Found: {words} dropped · {sums['cycles']:,} cycles"
    )
    page.fill("#log-filter", "kind:none")
    expect(page.locator("#log-sums")).to_have_text("")


def test_empty_result_names_the_term_and_takes_it_away(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 5)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.fill("#log-filter", 'cause:"world switch" nowhere')
    kept = len(api_rows(rest, machine, filter='cause:"world switch"'))
    way = page.get_by_role("button", name=f"Without nowhere: {kept} lines")
    expect(page.locator("#log-empty")).to_contain_text("Nothing passes the filter")
    way.click()
    expect(page.locator("#log-filter")).to_have_value('cause:"world switch"')
    expect(page.locator("#log-empty")).to_be_hidden()
    expect(page.locator("#log-count")).to_contain_text(f"{kept} ")


def test_wrong_filter_is_told(browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, busy_machine(rest, 1), "?filter=hart:one")
    page = browser_page.page
    expect(page.locator("#log-status")).to_contain_text("hart:one; allowed is hart:5")
    page.fill("#log-filter", "size:3")
    expect(page.locator("#log-status")).to_contain_text("size is no key, allowed are type:, kind:")
    expect(page.locator("#log-filter")).to_have_attribute("aria-invalid", "true")
    page.fill("#log-filter", "hart:0")
    expect(page.locator("#log-status")).to_have_text("")
    browser_page.expect_error("422")


def test_request_of_which_nothing_was_sent_is_told_in_words(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine(policy="xen-riscv-v2-intended")
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    rest.client.delete(f"/machines/{machine}/domains/0")
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    browser_page.open_machine(rest, machine)
    expect(browser_page.page.locator(".log-not-sent .log-what")).to_contain_text(
        "nothing was sent: no hart in the mask (error -22, EINVAL)"
    )


def test_following_lets_go_while_scrolled_and_new_lines_wait(
    browser_page: Visit, rest: Rest
) -> None:
    machine = busy_machine(rest, 60)
    browser_page.open_machine(rest, machine, "?log=lines")
    page = browser_page.page
    rows = api_rows(rest, machine)
    starts_with(browser_page, rows)
    page.locator("#log-scroll").evaluate("box => { box.scrollTop = 300; }")
    expect(page.locator("#log-follow")).not_to_be_checked()
    # A row is 28 pixels high.
    starts_with(browser_page, rows[10:])
    rest.post(f"/machines/{machine}/step", {"count": 5})
    expect(page.locator("#log-newer")).to_have_text("10 new ↑")
    starts_with(browser_page, rows[10:])
    page.click("#log-newer")
    expect(page.locator("#log-newer")).to_be_hidden()
    expect(page.locator("#log-follow")).to_be_checked()
    starts_with(browser_page, api_rows(rest, machine))


def test_every_line_can_be_reached_and_the_document_stays_small(
    browser_page: Visit, rest: Rest
) -> None:
    machine = busy_machine(rest, 12_000)
    total = rest.get(f"/machines/{machine}/log?count=0")["total"]
    assert total > 20_000
    browser_page.open_machine(rest, machine, "?log=lines")
    page = browser_page.page
    starts_with(browser_page, api_rows(rest, machine))
    page.locator("#log-table").focus()
    page.keyboard.press("End")
    oldest = rest.get(f"/machines/{machine}/log?count=1")["rows"][0]["seq"]
    browser_page.wait_until(lambda: seqs(browser_page)[-1:] == [oldest], "the oldest is reached")
    page.keyboard.press("PageUp")
    expect(page.locator("#log-rows tr.active")).to_have_count(1)
    page.locator("#log-scroll").evaluate("box => { box.scrollTop = box.scrollHeight / 2; }")
    middle = rest.get(f"/machines/{machine}/log?first={total // 2}&count=1")["rows"][0]["seq"]
    browser_page.wait_until(
        lambda: any(abs(seq - middle) < total // 50 for seq in seqs(browser_page)[:1]),
        "the middle is in sight",
    )
    assert page.locator("#log-rows tr").count() < 200
    page.locator("#log-table").focus()
    page.keyboard.press("Home")
    starts_with(browser_page, api_rows(rest, machine))


def test_parts_of_a_row_select_for_the_whole_page(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="kvm-riscv", platform={"preset": "rv64", "harts": 2})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    rest.post(f"/machines/{machine}/step", {"count": 4})
    rest.post(f"/machines/{machine}/domains/0/unmap", {"first": 0})
    browser_page.open_machine(rest, machine, "?log=lines&filter=kind:hfence_gvma_vmid")
    page = browser_page.page
    (item, *_) = api_rows(rest, machine, filter="kind:hfence_gvma_vmid")
    first = page.locator("#log-rows tr").first
    first.locator(".log-vmid button").click()
    page.wait_for_url(f"**vmid={item['vmid']}&**")
    expect(page.locator("#inspector-title")).to_contain_text(f"VMID {item['vmid']} ·")
    expect(first).to_contain_text("◆")
    expect(first).to_contain_text(", about the selection")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("h")
    page.wait_for_url(f"**hart={item['hart']}&**")


def moment_of(rest: Rest, machine: str, seq: int) -> int:
    """The last event of the step that made an event."""
    return int(rest.get(f"/machines/{machine}?at={seq}")["seq"])


def test_log_ends_at_the_moment_that_the_page_shows(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    rows = api_rows(rest, machine)
    at = moment_of(rest, machine, rows[len(rows) // 2]["seq"])
    browser_page.page.goto(f"/machines/{machine}?at={at}&log=lines")
    starts_with(browser_page, [row for row in rows if row["seq"] <= at])
    href = browser_page.page.get_by_role("link", name="CSV").get_attribute("href")
    assert href == f"/api/v1/machines/{machine}/log.csv?at={at}"
    before = rows[len(rows) // 2 + 3]
    row = browser_page.page.locator(f"#log-rows tr[data-seq='{before['seq']}']")
    row.locator(".log-time button").click()
    at = moment_of(rest, machine, before["seq"])
    browser_page.page.wait_for_url(f"**?at={at}&log=lines")
    starts_with(browser_page, [row for row in rows if row["seq"] <= at])


def test_csv_has_what_the_filter_lets_through(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 10)
    browser_page.open_machine(rest, machine, "?filter=kind:hfence_gvma")
    with browser_page.page.expect_download() as downloading:
        browser_page.page.get_by_role("link", name="CSV").click()
    text = downloading.value.path().read_text(encoding="utf-8")
    rows = api_rows(rest, machine, filter="kind:hfence_gvma")
    read = [line.split(",")[0] for line in text.splitlines()]
    assert read == ["seq", *(str(row["seq"]) for row in reversed(rows))]
    assert downloading.value.suggested_filename.startswith(f"log-{machine}-")


def test_wrong_filter_leaves_what_was_listed(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    browser_page.open_machine(rest, machine, "?filter=kind:hfence_gvma&log=lines")
    page = browser_page.page
    items = api_rows(rest, machine, filter="kind:hfence_gvma")
    starts_with(browser_page, items)
    count = page.locator("#log-count").inner_text()
    page.fill("#log-filter", "cycles>many")
    expect(page.locator("#log-panel")).to_have_attribute("data-refused", "")
    starts_with(browser_page, items)
    expect(page.locator("#log-count")).to_have_text(count)
    csv = f"/api/v1/machines/{machine}/log.csv?filter=kind%3Ahfence_gvma"
    expect(page.locator("#log-csv")).to_have_attribute("href", csv)
    page.fill("#log-filter", "kind:hfence_vvma")
    starts_with(browser_page, api_rows(rest, machine, filter="kind:hfence_vvma"))
    expect(page.locator("#log-panel[data-refused]")).to_have_count(0)
    browser_page.expect_error("422")


def test_wrong_filter_of_an_address_lists_nothing(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    browser_page.open_machine(rest, machine, "?filter=cycles>many")
    page = browser_page.page
    expect(page.locator("#log-panel")).to_have_attribute("data-refused", "")
    expect(page.locator("#log-rows tr")).to_have_count(0)
    expect(page.locator("#log-count")).to_have_text("")
    expect(page.locator("#log-csv")).to_be_hidden()
    browser_page.expect_error("422")


CUT_NUMBERS = """rows => rows.flatMap((row) => [...row.cells])
  .filter((cell) => !/log-(what|cause)/.test(cell.className) && cell.scrollWidth > cell.clientWidth)
  .map((cell) => cell.textContent)"""


def test_no_number_of_a_row_is_cut(browser_page: Visit, rest: Rest) -> None:
    platform = {"preset": "rv64", "vmidlen": 6, "harts": 2}
    machine = rest.machine(platform=platform, schedule="first-start")
    rest.post(f"/machines/{machine}/step", {"count": 6500})
    page = browser_page.page
    browser_page.open_machine(rest, machine)
    row = page.locator("#log-rows tr.log-violation").first
    expect(row.locator(".log-vmid")).to_have_text(re.compile(r"^\d+ in 0x[\dA-F]{4}–0x[\dA-F]{4}$"))
    expect(row.locator("td")).to_have_count(5)
    for width in (1440, 1250, 1010, 390):
        page.set_viewport_size({"width": width, "height": 900})
        browser_page.wait_a_frame()
        assert page.locator("#log-rows tr[data-seq]").evaluate_all(CUT_NUMBERS) == []


def test_narrow_rows_say_what_was_dropped_and_what_it_took(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    browser_page.open_machine(rest, busy_machine(rest, 20))
    row = page.locator("#log-rows tr[data-seq]").first
    expect(row.locator(".log-dropped")).to_be_visible()
    expect(row.locator(".log-cycles")).to_be_visible()
    shown = "(cell, part) => getComputedStyle(cell, part).content"
    assert row.locator(".log-dropped").evaluate(shown, "::before") == '"dropped "'
    assert row.locator(".log-cycles").evaluate(shown, "::after") == '" cycles"'
    row_box, cell_box = row.bounding_box(), row.locator(".log-cycles").bounding_box()
    assert row_box is not None
    assert cell_box is not None
    assert cell_box["y"] + cell_box["height"] <= row_box["y"] + row_box["height"]
