"""What OpenAPI says of the API is complete, consistent and written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from app import __version__, api
from app.main import create_app
from app.settings import Settings
from tests.api.client import Api

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(Path("unused"))).openapi()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_committed_document_is_current(document: dict[str, Any]) -> None:
    """If not: `python -m app.openapi`."""
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(document))


def test_document_says_what_it_describes(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == __version__
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert document["servers"] == [{"url": "/"}]


def test_every_operation_is_named_grouped_and_summarised(document: dict[str, Any]) -> None:
    operations = list(_operations(document))
    assert len(operations) == 71
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in ids)
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations:
        assert operation["summary"], (path, method)
        assert set(operation["tags"]) <= tags, (path, method)


def test_every_body_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    seen = 0
    for router in api.routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if route.body_field is None:
                continue
            schema = json.loads(json.dumps(document["paths"][f"/api/v1{route.path}"]))
            (method,) = sorted(route.methods or ())
            content = schema[method.lower()]["requestBody"]["content"]["application/json"]["schema"]
            reference = content.get("$ref") or content["anyOf"][0]["$ref"]
            body = document["components"]["schemas"][reference.rpartition("/")[2]]
            assert body["additionalProperties"] is False
            for example in body["examples"]:
                body_type: Any = route.body_field.field_info.annotation
                TypeAdapter(body_type).validate_python(example)
                seen += 1
    assert seen == 18


def test_every_answer_of_success_has_a_shape(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        (success,) = (s for s in operation["responses"] if s.startswith("2"))
        content = operation["responses"][success].get("content", {})
        if success == "204":
            assert content == {}
        else:
            assert all(kind["schema"] for kind in content.values()), (path, method)
            assert content, (path, method)


def test_every_problem_is_declared_as_one(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            assert list(response["content"]) == ["application/problem+json"], (path, method)
            content = response["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content["examples"], (path, method, status)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    references = set(re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', text))
    assert all(name in document["components"][kind] for kind, name in references)
    assert "HTTPValidationError" not in text
    assert "itemSchema" not in text


def test_server_serves_the_document(shared_api: Api, document: dict[str, Any]) -> None:
    assert shared_api.get("/openapi.json").json() == json.loads(json.dumps(document))


def test_examples_of_machines_can_be_made(shared_api: Api, document: dict[str, Any]) -> None:
    for example in document["components"]["schemas"]["MachineBody"]["examples"]:
        assert shared_api.post("/machines", example).status_code == 201
