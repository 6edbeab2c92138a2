"""The evaluator of the fast path says of every document what ``jsonschema`` says of it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scale_secrets.resources import resource_names
from scale_secrets.validation import schema as validation
from scale_secrets.validation.certain import certainly_valid
from scale_secrets.validation.schema import shipped_schema, shipped_violations, violations
from tests.support.conformance import amount
from tests.support.random_documents import ANYTHING, TEXTS, Documents

NAMES = tuple(name.removesuffix(".schema.json") for name in resource_names("schemas"))
every_schema = pytest.mark.parametrize("name", NAMES)


def judged(name: str) -> Draft202012Validator:
    return Draft202012Validator(dict(shipped_schema(name)))


def check_random(name: str, documents: int) -> Counter[bool]:
    """Compare on so many documents; how many were valid, and how many not."""
    theirs, schema = judged(name), dict(shipped_schema(name))
    seen: Counter[bool] = Counter()
    for seed in range(documents):
        random = Random(f"{name} {seed}")  # noqa: S311 - to be repeatable
        made = Documents(schema, random)
        document = made.changed(made.valid(), changes=random.choice((0, 0, 1, 1, 2, 4)))
        valid = theirs.is_valid(document)
        assert certainly_valid(document, schema) is valid, f"seed {seed}: {document!r}"
        seen[valid] += 1
    return seen


@pytest.mark.conformance
@every_schema
def test_it_agrees_with_jsonschema_on_random_documents(name: str) -> None:
    """Valid ones, and such that a few changes may have broken: 10,000 and more of all schemas."""
    seen = check_random(name, amount(quick=10_000 // len(NAMES) + 1, full=50_000))
    assert min(seen[True], seen[False]) > 100, "the documents are no test of both answers"


json_documents = st.recursive(
    st.sampled_from(ANYTHING) | st.text(max_size=3) | st.integers() | st.floats() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(TEXTS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)
NUMBERS = st.integers(-2, 3) | st.sampled_from((0.5, 1.0, 2.0))
LENGTHS = st.integers(0, 3)


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of any shape, of all the keywords that are known."""
    names = st.sampled_from(("a", "kind", "confirm"))
    some = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "$ref": st.sampled_from(("#/$defs/a", "#/$defs/b")),
            "type": st.sampled_from(("object", "array", "string", "boolean", "number", "integer"))
            | st.lists(st.sampled_from(("string", "integer", "object")), min_size=1, unique=True),
            "const": st.sampled_from((1, 1.0, True, None, "a", 0, False)),
            "enum": st.lists(st.sampled_from((1, True, "a", 2.5, None)), min_size=1),
            "pattern": st.sampled_from(("^a", "a$", "^[a-z]+$(?!\\n)")),
            "minLength": LENGTHS,
            "minItems": LENGTHS,
            "maxItems": LENGTHS,
            "minProperties": LENGTHS,
            "minimum": NUMBERS,
            "exclusiveMinimum": NUMBERS,
            "required": st.lists(names, unique=True),
            "properties": st.dictionaries(names, inner, max_size=2),
            "additionalProperties": inner,
            "propertyNames": inner,
            "items": inner,
            "allOf": some,
            "anyOf": some,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
        },
    )


@settings(max_examples=amount(quick=200, full=20_000), deadline=None)
@given(
    document=json_documents,
    schema=st.recursive(st.booleans(), schemas, max_leaves=6),
    a=st.recursive(st.booleans(), lambda inner: st.fixed_dictionaries({"items": inner})),
)
def test_it_agrees_with_jsonschema_on_any_schema_of_known_keywords(
    document: Any, schema: Any, a: Any
) -> None:
    whole = {"$defs": {"a": a, "b": {"type": "string"}}, "allOf": [schema]}
    assert certainly_valid(document, whole) is Draft202012Validator(whole).is_valid(document)


DOUBTFUL: Mapping[str, tuple[Any, Any]] = {
    "an unknown keyword": ("a", {"maxLength": 5}),
    "one below a negation": ({"a": 1}, {"not": {"required": ["b"], "dependentRequired": {}}}),
    "a neighbour that changes what items means": ([1], {"items": False, "prefixItems": [True]}),
    "a neighbour of additionalProperties": (
        {"a": 1}, {"additionalProperties": False, "patternProperties": {"a": True}},
    ),
    "a reference out of the file": ("a", {"$ref": "https://example.com/a.json"}),
    "a reference to nowhere": ("a", {"$ref": "#/$defs/a"}),
    "a reference by another path": ("a", {"$ref": "#/properties/a", "properties": {"a": True}}),
    "an unknown type": (None, {"type": "null"}),
    "a constant with parts": ([1], {"const": [1]}),
    "a date, as TOML has them": (datetime.date(2026, 1, 31), {}),
    "a mapping that is no dict": (MappingProxyType({}), {"type": "object"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_it_does_not_know_is_not_certain(name: str) -> None:
    document, schema = DOUBTFUL[name]
    assert not certainly_valid(document, schema)


@every_schema
def test_it_knows_every_keyword_of_the_shipped_schemas(name: str) -> None:
    """Otherwise each use of that schema would cost the import of jsonschema."""
    documents = Documents(dict(shipped_schema(name)), Random(name))  # noqa: S311
    assert any(certainly_valid(documents.valid(), shipped_schema(name)) for _ in range(50))


def test_violations_of_a_shipped_schema_are_jsonschemas() -> None:
    broken = {"environments": {"live": {"mode": "life", "secrets": {}, "stores": 1}}}
    found = shipped_violations(broken, shipped_schema("manifest"))
    assert found
    assert found == violations(broken, shipped_schema("manifest"))


def test_a_valid_document_does_not_ask_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("jsonschema was asked")

    monkeypatch.setattr(validation, "violations", refuse)
    document = {"environments": {"live": {"mode": "live", "secrets": {}}}}
    assert shipped_violations(document, shipped_schema("manifest")) == ()
