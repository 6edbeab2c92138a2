"""A bundle against the schema of its mode and the user's own on top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.model import Finding
from scale_secrets.validation.schema import shipped_schema, shipped_violations, violations


def bundle_document(bundle: Bundle) -> dict[str, Any]:
    """The bundle as the schemas see it. **Holds the values in the clear**: keep it local."""
    return {
        "environment": "+".join(bundle.environments),
        "mode": str(bundle.mode),
        "secrets": {name: _secret(secret) for name, secret in bundle.secrets.items()},
        "config": dict(bundle.config),
    }


def _secret(secret: Secret) -> dict[str, Any]:
    spec, value = secret.spec, secret.value
    document: dict[str, Any] = {"type": str(spec.type), "variable": spec.variable}
    if value.is_text:
        document["value"] = value.reveal()
    else:
        from base64 import b64encode

        document |= {"value": b64encode(value.reveal_bytes()).decode(), "encoding": "base64"}
    if spec.allow_unknown_shape:
        document["allow_unknown_shape"] = True
    if spec.any_mode:
        document["any_mode"] = True
    return document


def check_bundle(bundle: Bundle, own: Sequence[Mapping[str, Any]] = ()) -> Iterator[Finding]:
    """SCH001 for each broken rule of the mode's schema, SCH002 for each of the user's own."""
    document = bundle_document(bundle)
    name = f"bundle-{bundle.mode}"
    broken = [
        ("SCH001", found, f"scale-secrets schema {name} prints the rules")
        for found in shipped_violations(document, shipped_schema(name))
    ]
    broken += [
        ("SCH002", found, "the rule is in the schema that the manifest names")
        for schema in own
        for found in violations(document, schema)
    ]
    for id_, found, mend in broken:
        place = f"environments.{'+'.join(bundle.environments)}.{found.path}".rstrip(".")
        yield Finding(id_, place, found.rule, mend)
