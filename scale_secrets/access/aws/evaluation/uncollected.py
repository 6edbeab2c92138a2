"""The words for what exists and was not collected: it may allow, and it may deny."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A kind of policies by its name, ``plural`` or not, as the phrases conjugate it."""

    name: str
    plural: bool

    @property
    def uncollected(self) -> str:
        return f"the {self.name} {self._were} not collected"

    @property
    def allows(self) -> str:
        """What must hold; it implies that nothing there denies."""
        return self._phrase("allow", "allows")

    @property
    def denies(self) -> str:
        return self._phrase("deny", "denies")

    @property
    def _were(self) -> str:
        return "were" if self.plural else "was"

    def _phrase(self, plural: str, singular: str) -> str:
        verb = plural if self.plural else singular
        return f"the {self.name}, which {self._were} not collected, {verb} it"
