"""The key of a fresh secret, as HTTP clients ask for it."""

from __future__ import annotations

from scale_secrets.errors import ScaleSecretsError
from scale_secrets.http.source import KeySource
from scale_secrets.service.application import Secrets
from scale_secrets.service.fresh.keeper import Keeper
from scale_secrets.values import SecretValue


class FreshKey(KeySource):
    """``owner`` is kept alive: while somebody signs with this key, it is kept fresh."""

    def __init__(self, keeper: Keeper, name: str, owner: object) -> None:
        self._keeper = keeper
        self._name = name
        self._owner = owner

    def current(self) -> SecretValue:
        return self._keeper.held().secrets.require(self._name).value

    def renewed(self, refused: SecretValue) -> SecretValue | None:
        """After a rotation the new key; None also when the store cannot be asked now."""

        def is_another(secrets: Secrets) -> bool:
            return self._name in secrets and not secrets[self._name].value.same_as(refused)

        try:
            found = self._keeper.renew_unless(is_another)
        except ScaleSecretsError:
            return None  # the program sees the refusal, and the next reader the store's error
        return None if found is None else found[self._name].value
