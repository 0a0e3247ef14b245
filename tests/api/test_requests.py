"""What holds for every request: Host, Origin, methods, headers, problems and their pages."""

from __future__ import annotations

import pytest

from app.problems import PROBLEMS
from tests.api.client import Api, slug

PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000"])
def test_server_answers_to_names_of_loopback(shared_api: Api, host: str) -> None:
    assert shared_api.get("/policies", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "127.0.0.1.nip"])
def test_server_does_not_answer_to_other_names(shared_api: Api, host: str) -> None:
    response = shared_api.get("/policies", headers={"host": host})
    assert (response.status_code, slug(response)) == (421, "unknown-host")
    assert host in response.json()["detail"]


def test_request_without_a_host_is_refused(shared_api: Api) -> None:
    response = shared_api.get("/policies", headers={"host": ""})
    assert (response.status_code, slug(response)) == (400, "missing-host")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"origin": "http://["},
        {"origin": "localhost"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_page_of_another_origin_changes_nothing(shared_api: Api, headers: dict[str, str]) -> None:
    path = shared_api.machine()
    for method, address in (("POST", f"{path}/step"), ("DELETE", path), ("PUT", f"{path}/clock")):
        response = shared_api.request(method, address, headers=headers)
        assert (response.status_code, slug(response)) == (403, "foreign-origin")
    assert shared_api.get(path).json()["steps"] == 0


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://localhost"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
)
def test_own_page_and_a_person_may_change_things(shared_api: Api, headers: dict[str, str]) -> None:
    path = shared_api.machine()
    assert shared_api.post(f"{path}/step", headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_body_that_is_not_declared_as_json_is_refused(shared_api: Api, kind: str) -> None:
    headers = {"content-type": kind}
    response = shared_api.post("/machines", content=b'{"policy":"untagged"}', headers=headers)
    assert (response.status_code, slug(response)) == (415, "not-json")


@pytest.mark.parametrize("path", ["/policies", "/nothing", "//", "//static/nothing", "//livez"])
def test_every_answer_carries_the_security_headers(shared_api: Api, path: str) -> None:
    headers = shared_api.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/nothing", "//nothing", "//static/nothing.js", "/machines/x/y"])
def test_unknown_address_is_a_problem(shared_api: Api, path: str) -> None:
    response = shared_api.get(path)
    assert (response.status_code, slug(response)) == (404, "not-found")


def test_wrong_method_is_a_problem_that_tells_the_right_ones(shared_api: Api) -> None:
    path = shared_api.machine()
    for method, address, allowed in (
        ("DELETE", "/policies", "GET, HEAD, OPTIONS"),
        ("PUT", "/machines", "GET, HEAD, OPTIONS, POST"),
        ("PATCH", path, "DELETE, GET, HEAD, OPTIONS"),
        ("GET", f"{path}/step", "OPTIONS, POST"),
        ("POST", f"{path}/clock", "GET, HEAD, OPTIONS, PUT"),
    ):
        response = shared_api.request(method, address)
        assert (response.status_code, slug(response)) == (405, "method-not-allowed")
        assert response.headers["allow"] == allowed
        options = shared_api.request("OPTIONS", address)
        assert (options.status_code, options.headers["allow"]) == (204, allowed)


def test_head_is_get_without_its_body(shared_api: Api) -> None:
    path = shared_api.machine()
    for address in ("/policies", path, f"{path}/bitmap", "//"):
        head, get = shared_api.request("HEAD", address), shared_api.get(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
        assert head.headers["content-length"] == str(len(get.content))
    assert shared_api.request("HEAD", "/machines/nope").status_code == 404


def test_head_of_the_stream_ends(shared_api: Api) -> None:
    head = shared_api.request("HEAD", f"{shared_api.machine()}/events")
    assert head.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("kind", PROBLEMS)
def test_every_problem_type_has_its_page(shared_api: Api, kind: str) -> None:
    response = shared_api.get(f"/{PROBLEMS[kind].uri}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert PROBLEMS[kind].title in response.text


def test_browser_that_asks_for_a_page_gets_the_problem_as_one(shared_api: Api) -> None:
    for path in ("//machines/nope", "//problems/nope", "//nothing"):
        page = shared_api.get(path, headers=PAGE)
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert slug(shared_api.get(path)) in ("machine-not-found", "not-found")
    assert slug(shared_api.get("/machines/nope", headers=PAGE)) == "machine-not-found"


def test_pages_name_their_json_twin(shared_api: Api) -> None:
    machine = shared_api.machine()
    for page, twin in (
        ("//", "/api/v1/machines"),
        (f"/{machine}", f"/api/v1{machine}"),
        ("//docs", "/api/v1/openapi.json"),
    ):
        response = shared_api.get(page)
        assert response.status_code == 200
        assert f'type="application/json" href="{twin}"' in response.text
        assert shared_api.get(f"/{twin}").status_code == 200


def test_api_page_has_its_files_on_this_server(shared_api: Api) -> None:
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        response = shared_api.get(f"//docs/assets/{name}")
        assert response.status_code == 200
        assert len(response.content) > 10_000


def test_server_tells_that_it_lives_and_works(shared_api: Api) -> None:
    assert shared_api.get("//livez").json() == {"status": "alive"}
    ready = shared_api.get("//readyz").json()
    assert (ready["status"], ready["checks"]["journal"]) == ("ready", "writable")
