"""What reading, writing, rotating, … a secret means in AWS: which calls, on what.

An action is a choice of *ways*; a way is a list of calls that must all be allowed. Sources: the
required permissions in the Secrets Manager API reference, "Secret encryption and decryption in
AWS Secrets Manager" for what it asks of KMS in the caller's name, and the service authorization
reference for condition keys that a call's parameters set.

``BatchGetSecretValue`` gives no way of its own: it needs ``GetSecretValue`` on each secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from scale_secrets.access.aws.model import AwsSecret, Caller
from scale_secrets.access.verdict import Action
from scale_secrets.errors import UsageError


class Target(Enum):
    """What a call is about."""

    SECRET = auto()
    KEY = auto()  # asked by Secrets Manager in the caller's name
    KEY_ITSELF = auto()  # asked by the caller
    FUNCTION = auto()  # which rotates it
    ANYTHING = auto()  # the call takes no resource


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """``parameters``: condition keys that the call's parameters set (``()``: leave absent).

    ``current``: the call to KMS is about the version that is current now.
    """

    action: str
    target: Target = Target.SECRET
    current: bool = False
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


Way = tuple[Call, ...]

_DECRYPT = Call("kms:Decrypt", Target.KEY, current=True)
_DECRYPT_NEW = Call("kms:Decrypt", Target.KEY)
_DATA_KEY = Call("kms:GenerateDataKey", Target.KEY)
_VALUE = Call(
    "secretsmanager:GetSecretValue",
    # The caller asks for the current version, by its stage or by nothing, which means the same.
    parameters={"secretsmanager:versionstage": ("AWSCURRENT",), "secretsmanager:versionid": ()},
)
_PUT = Call("secretsmanager:PutSecretValue")

_WAYS: Mapping[Action, tuple[Way, ...]] = {
    Action.READ: ((_VALUE, _DECRYPT),),
    Action.LIST: (
        (Call("secretsmanager:DescribeSecret"),),
        (Call("secretsmanager:ListSecrets", Target.ANYTHING),),
    ),
    Action.WRITE: (
        (_PUT, _DATA_KEY, _DECRYPT_NEW),
        (Call("secretsmanager:UpdateSecret"), _DATA_KEY, _DECRYPT_NEW),
    ),
    Action.ROTATE: (
        (
            Call(
                "secretsmanager:RotateSecret", parameters={"secretsmanager:rotationlambdaarn": ()}
            ),
            Call("lambda:InvokeFunction", Target.FUNCTION),
        ),
        (
            _PUT,
            Call(
                "secretsmanager:UpdateSecretVersionStage",
                parameters={"secretsmanager:versionstage": ("AWSCURRENT",)},
            ),
            _DATA_KEY,
            _DECRYPT_NEW,
        ),
    ),
    Action.DELETE: (
        (
            Call(
                "secretsmanager:DeleteSecret",
                parameters={"secretsmanager:forcedeletewithoutrecovery": ("false",)},
            ),
        ),
    ),
    Action.DESTROY: (
        (
            Call(
                "secretsmanager:DeleteSecret",
                parameters={
                    "secretsmanager:forcedeletewithoutrecovery": ("true",),
                    "secretsmanager:recoverywindowindays": (),
                },
            ),
        ),
    ),
    # The key's policy decides who decrypts, which without the secret's gives nobody the value.
    Action.CHANGE_POLICY: (
        (Call("secretsmanager:PutResourcePolicy"),),
        (Call("secretsmanager:DeleteResourcePolicy"),),
    ),
}

# What does not make the action, and is worth saying beside it: "may …".
_ASIDES: Mapping[Action, tuple[tuple[Call, str], ...]] = {
    Action.CHANGE_POLICY: (
        (
            Call("kms:PutKeyPolicy", Target.KEY_ITSELF),
            "change the policy of its key, which alone gives nobody the value",
        ),
        (
            Call("kms:CreateGrant", Target.KEY_ITSELF),
            "grant the use of its key, which alone gives nobody the value",
        ),
    ),
}


def ways(action: Action, secret: AwsSecret, caller: Caller) -> tuple[Way, ...]:
    """The ways to do ``action`` that exist for this secret and caller, of which one suffices."""
    return tuple(
        way for way in every_way(action) if all(_exists(call, secret, caller) for call in way)
    )


def every_way(action: Action) -> tuple[Way, ...]:
    """Raises ``UsageError`` for what does not exist in Secrets Manager."""
    found = _WAYS.get(action)
    if found is None:
        raise UsageError(
            f"secrets of AWS have no action {action}",
            hint=f"a value is replaced as a whole: ask for {Action.WRITE}",
        )
    return found


def uses_key(action: Action) -> bool:
    """Whether every way to do it has Secrets Manager use the secret's key."""
    return all(any(call.target is Target.KEY for call in way) for way in every_way(action))


def asides(action: Action) -> tuple[tuple[Call, str], ...]:
    """Calls beside the action, each with what a principal that may make it may do."""
    return _ASIDES.get(action, ())


def _exists(call: Call, secret: AwsSecret, caller: Caller) -> bool:
    if call.target is Target.FUNCTION:
        return bool(secret.rotation)  # a function of the caller's own choice is an escalation
    if call.target is Target.ANYTHING:
        return caller.account == secret.account  # lists the caller's own account
    return True
