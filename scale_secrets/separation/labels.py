"""SEP004: a store-side label that contradicts the mode is refused; its absence is a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scale_secrets.model import Finding, Mode, SecretSpec, SecretType, Severity

ANY = "any"  # the label of a callback key that serves both modes


def label_for(spec: SecretSpec, mode: Mode) -> str:
    """What a writer labels the secret's container with."""
    return ANY if spec.any_mode else str(mode)


def check_label(
    spec: SecretSpec, label: str | None, mode: Mode, place: str, *, supported: bool = True
) -> Iterator[Finding]:
    """``label``: the value of ``scale-mode``, None when there is none.

    ``supported``: False where the store has no labels at all, and absence tells nothing.
    """
    if spec.type is SecretType.OPAQUE and label is None:
        return
    if label is None:
        if supported:
            yield Finding(
                "SEP004",
                place,
                "its container carries no label scale-mode",
                f"label it scale-mode = {label_for(spec, mode)}; put does so with every write",
                Severity.WARNING,
            )
    elif label not in {str(mode), ANY} or (label == ANY and not spec.any_mode):
        yield Finding(
            "SEP004",
            place,
            f"its container is labelled scale-mode = {_known(label)}, "
            f"and the environment's mode is {mode}",
            "name the right path, or mend the label in the store if it is wrong",
        )


def labelled(labels: Mapping[str, str] | None, key: str) -> str | None:
    return None if labels is None else labels.get(key)


def _known(label: str) -> str:
    """A label is text from a store: only the words that it may hold are repeated."""
    return label if label in {*map(str, Mode), ANY} else "something else"
