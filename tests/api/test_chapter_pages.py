"""/learn and its chapters as pages: they say what the API says, and their links lead somewhere."""

from __future__ import annotations

import html

import pytest

from app.learn import CHAPTERS
from app.learn.chapter import Chapter
from app.learn.words import addresses
from tests.api.client import Api

HTML = {"Accept": "text/html"}


def test_list_names_every_chapter_and_leads_to_it(shared_api: Api) -> None:
    page = html.unescape(shared_api.get("//learn").text)
    for chapter in CHAPTERS:
        assert f'<a href="{chapter.page}">{chapter.title}</a>' in page
        assert chapter.summary in page
    assert '<a href="/learn" aria-current="page">Learn</a>' in page


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title)
def test_chapter_says_what_the_api_says_and_leads_on(shared_api: Api, chapter: Chapter) -> None:
    page = html.unescape(shared_api.get(f"/{chapter.page}").text)
    told = shared_api.get(f"/chapters/{chapter.number}").json()
    for text in (told["title"], told["question"], *(a["label"] for a in told["actions"])):
        assert text in page
    assert page.count("<svg") == 1
    assert (f'href="/learn/{chapter.number - 1}" rel="prev"' in page) == (chapter.number > 1)
    assert (f'href="/learn/{chapter.number + 1}" rel="next"' in page) == (chapter.number < 8)


@pytest.mark.parametrize("address", ["//learn/0", "//learn/9"])
def test_chapter_that_does_not_exist_is_a_problem_page(shared_api: Api, address: str) -> None:
    response = shared_api.get(address, headers=HTML)
    assert response.status_code == 404
    assert "the chapters: 1 to 8" in response.text


def test_links_lead_somewhere(shared_api: Api) -> None:
    found = [address for c in CHAPTERS for text in c.texts for address in addresses(text)]
    found += [address for chapter in CHAPTERS for _, address in chapter.links]
    assert len(found) > 8
    for address in dict.fromkeys(found):
        assert shared_api.get(f"/{address}").status_code == 200, address


def test_link_to_the_counterexample_names_a_path_that_exists(shared_api: Api) -> None:
    (address,) = (a for text in CHAPTERS[7].text for a in addresses(text) if "/path?" in a)
    path = shared_api.get(address.replace("/path?", "/paths?")).json()
    assert path["states"][-1]["breaches"]


@pytest.mark.parametrize(
    ("address", "twin"),
    [
        ("//learn/2", "/api/v1/chapters/2"),
        ("//learn/2?machine=0a1b2c3d", "/api/v1/chapters/2/check?machine=0a1b2c3d"),
        ("//check?policy=untagged", "/api/v1/checks"),
        ("//check?policy=untagged&check=a/b%22", "/api/v1/checks/a%2Fb%22"),
    ],
)
def test_page_that_shows_one_thing_names_that_in_json(
    shared_api: Api, address: str, twin: str
) -> None:
    page = html.unescape(shared_api.get(address).text)
    assert f'<link rel="alternate" type="application/json" href="{twin}">' in page
