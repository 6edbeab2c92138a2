"""What a form of the Authorization header is to the rest of the code."""

from __future__ import annotations

from abc import ABC, abstractmethod

from scale_secrets.frozen import frozen
from scale_secrets.values import SecretValue


@frozen
class Credential:
    """A key that HTTP Basic can carry (visible ASCII, no colon) and its token ``Basic …``."""

    key: SecretValue
    token: SecretValue


@frozen
class Target:
    """Where the header is meant to go, for the forms that name it."""

    base_url: str = "https://api.scale.com/v1"
    name: str = "scale-secrets"  # what Postman lists the environment as
    variable: str = "SCALE_API_KEY"


class HeaderForm(ABC):
    """One way of handing the header to a client, never by its argv."""

    @abstractmethod
    def write(self, credential: Credential, target: Target) -> str:
        """The text, ending in a line break.

        Raises ``RenderError`` for a key that the form cannot hold.
        """
