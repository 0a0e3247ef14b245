"""Short links: named by their content, on this server only, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import links
from app.journal import Journal
from tests.api.client import Api, running

LONG = "/path?policy=xen-riscv-v2-posted&harts=1&path=" + "0." * 400 + "1#state"


def add(api: Api, path: str) -> str:
    answer = api.post("/links", {"path": path})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_same_address_has_the_same_id_and_another_has_another(shared_api: Api) -> None:
    first = add(shared_api, LONG)
    assert add(shared_api, LONG) == first
    assert add(shared_api, LONG + "x") != first
    assert first == "v2dvvb7o"
    assert shared_api.get(f"/links/{first}").json() == {
        "id": first,
        "path": LONG,
        "page": f"/s/{first}",
    }


@pytest.mark.parametrize(
    "path",
    [
        LONG,
        "/",
        "/x%20y/..z?a=/../&b=%41#/./",
        "/machines/7f3a9c2e?vmid=5&filter=kind:violation+'x'",
    ],
)
def test_short_link_leads_to_the_address_as_it_was(shared_api: Api, path: str) -> None:
    answer = shared_api.get(f"//s/{add(shared_api, path)}")
    assert (answer.status_code, answer.headers["location"]) == (303, path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "machines",
        "https://example.org/",
        "//example.org/",
        "/\\example.org/",
        "/a b",
        "/a\nLocation: x",
        "/ä",
        "/s/v2dvvb7o",
        "/./s/v2dvvb7o",
        "/x/../s/v2dvvb7o",
        "/check/..",
        "/%73/v2dvvb7o",
        "/s%2Fv2dvvb7o",
        "/%2e/s/v2dvvb7o",
        "/%2E%2E/s/v2dvvb7o",
        "/" + "x" * links.LONGEST_PATH,
    ],
)
def test_what_is_no_address_of_this_server_is_refused(shared_api: Api, path: str) -> None:
    answer = shared_api.post("/links", {"path": path})
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["loc"] == ["body", "path"]
    assert "allowed" in problem["msg"]


@pytest.mark.parametrize("path", ["/links/nothing", "//s/nothing"])
def test_unknown_link_is_not_found(shared_api: Api, path: str) -> None:
    answer = shared_api.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/link-not-found"


def test_links_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        link = add(api, LONG)
    with running(tmp_path) as api:
        assert api.get(f"/links/{link}").json()["path"] == LONG


def test_there_is_an_end_to_them(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 1)
    add(api, "/check")
    add(api, "/check")
    refused = api.post("/links", {"path": "/traces"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-links")


def test_addresses_whose_hashes_begin_alike_have_ids_of_their_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open()
    link = links.add_link(journal, "/check")
    with journal._write() as database:
        database.execute("UPDATE links SET path = '/other' WHERE id = ?", (link,))
    longer = links.add_link(journal, "/check")
    journal.close()
    assert longer.startswith(link)
    assert len(longer) == len(link) + 1
