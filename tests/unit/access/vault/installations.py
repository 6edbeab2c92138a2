"""Small installations for the tests of this folder, from texts and tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from scale_secrets.access.vault.evaluator import Evaluator
from scale_secrets.access.vault.installation import Installation, parse_installation
from scale_secrets.access.verdict import Action, Answer, Step

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rules(*lines: str) -> str:
    """``secret/data/a [read,list]`` and its like as a policy."""
    text = ""
    for line in lines:
        path, _, listed = line.partition(" ")
        quoted = ", ".join(f'"{one}"' for one in listed.strip("[]").split(",") if one)
        text += f'path "{path}" {{ capabilities = [{quoted}] }}\n'
    return text


def installation(
    policies: dict[str, str] | None = None,
    *,
    namespaces: dict[str, dict[str, str]] | None = None,
    version: str = "2",
    about: dict[str, Any] | None = None,
    **tables: Any,
) -> Installation:
    """``tables`` are those of the root by name, a dash written as an underscore.

    ``about``: what is kept beside the policies.
    """
    files = {f"policies/{name}.hcl": text for name, text in (policies or {}).items()}
    tables.setdefault("server", {"dialect": "openbao"})
    tables.setdefault("mounts", {"secret/": {"type": "kv", "options": {"version": version}}})
    tables["policies"] = about
    for name, table in tables.items():
        if table is not None:
            files[f"{name.replace('_', '-')}.json"] = json.dumps(table)
    for namespace, more in (namespaces or {}).items():
        files |= {f"namespaces/{namespace}{name}": text for name, text in more.items()}
    return parse_installation({f"vault/{path}": text for path, text in files.items()})


def evaluator(*arguments: Any, **tables: Any) -> Evaluator:
    return Evaluator(installation(*arguments, **tables), NOW)


def ask(
    found: Evaluator, principal: str, action: str = "read", secret: str = "secret/scale/live/key"
) -> Answer:
    return found.answer(found.principal(principal), found.secret(secret), Action(action))


def titles(step: Step) -> list[str]:
    """Every line of a tree, without its verdicts."""
    own = f"{step.title}: {step.because}" if step.because else step.title
    return [own, *(line for below in step.steps for line in titles(below))]
