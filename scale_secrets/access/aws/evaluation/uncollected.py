"""The words for what exists and was not collected: it may allow, and it may deny."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A kind of policies by its name, ``plural`` or not, as the phrases conjugate it."""

    name: str
    plural: bool

    @property
    def allows(self) -> str:
        """What must hold; it implies that nothing there denies."""
        return self._phrase("allow")

    @property
    def denies(self) -> str:
        return self._phrase("deny" if self.plural else "denie")

    def _phrase(self, verb: str) -> str:
        were, ending = ("were", "") if self.plural else ("was", "s")
        return f"the {self.name}, which {were} not collected, {verb}{ending} it"
