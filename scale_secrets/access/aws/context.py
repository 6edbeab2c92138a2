"""What is known of the condition keys of a call, before anybody has made it.

Keys that depend on the moment stay out, and so stay *unknown*: where the caller is (``SourceIp``,
``SourceVpce``), MFA, time, a session's name, its tags and its source identity. Sources: "AWS global
condition context keys" of the IAM user guide, the service authorization reference of Secrets
Manager, and the condition keys of the KMS developer guide.

A call's context has two parts that are made once each and joined per call: the caller's, and that
of the call on its resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scale_secrets.access.aws.model import Account, AwsSecret, Caller, CallerKind, Context, Key
from scale_secrets.access.aws.reading import Call, Target

Values = dict[str, tuple[str, ...]]

_PRINCIPAL_TAG = "aws:principaltag/"
_RESOURCE_TAGS = ("aws:resourcetag/", "secretsmanager:resourcetag/")

# Keys whose values differ between principals of one account and kind.
PERSONAL = (_PRINCIPAL_TAG, "aws:principalarn", "aws:userid", "aws:username")

# All sets, whatever they hold here.
_MULTIVALUED = frozenset(
    (
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "kms:encryptioncontextkeys",
        "kms:resourcealiases",
    )
)

_TYPES = {
    CallerKind.USER: "User",
    CallerKind.ROLE: "AssumedRole",
    CallerKind.ROOT: "Account",
    CallerKind.FEDERATED_USER: "FederatedUser",
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of a context: as ``Context``, half filled."""

    known: Values
    absent: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()


def join(caller: Caller, part: Part, of_call: Part, target: Target) -> Context:
    """The context of one call by one caller."""
    known = part.known | of_call.known
    if target in (Target.KEY, Target.KEY_ITSELF) and caller.account:
        known["kms:calleraccount"] = (caller.account,)
    return Context(
        known,
        multivalued=_MULTIVALUED,
        absent=part.absent + of_call.absent,
        unknown=of_call.unknown,
    )


def of_caller(
    caller: Caller, account: Account | None, *, unique_id: str = "", tagged_sessions: bool = False
) -> Part:
    """``account`` is None and ``unique_id`` (``AIDA…``) empty when it was not collected.

    ``tagged_sessions``: whoever assumes this role may set any ``aws:PrincipalTag``.
    """
    kind = caller.kind
    if kind is CallerKind.ANONYMOUS:
        return Part({})  # "*" names everyone: of whom nothing is known
    if kind is CallerKind.SERVICE:
        return Part(
            {
                "aws:principalisawsservice": ("true",),
                "aws:principalservicename": (caller.arn,),
                "aws:username": (),
            }
        )
    known: Values = {
        "aws:principalarn": (caller.arn,),
        "aws:principalisawsservice": ("false",),
        "aws:principalservicename": (),
        "aws:principalservicenameslist": (),
        "aws:sourcearn": (),  # sent by services alone
        "aws:sourceaccount": (),
        "aws:sourceorgid": (),
        "aws:sourceorgpaths": (),
        "aws:username": (),
    }
    if caller.account:
        known["aws:principalaccount"] = (caller.account,)
    if kind in _TYPES:
        known["aws:principaltype"] = (_TYPES[kind],)
    known.update(_organization("principal", account))
    known.update(_identity(caller, unique_id))
    if caller.tags is None or tagged_sessions:
        return Part(known)
    known.update({f"{_PRINCIPAL_TAG}{name}": (value,) for name, value in caller.tags.items()})
    return Part(known, absent=(_PRINCIPAL_TAG,))


def of_account(account_id: str, account: Account | None) -> Part:
    """Of whoever an account lets: its ARN in a policy names all of its principals."""
    known: Values = {
        "aws:principalaccount": (account_id,),
        "aws:principalisawsservice": ("false",),
    }
    return Part(known | _organization("principal", account))


def _identity(caller: Caller, unique_id: str) -> Values:
    """What ``aws:userid`` and ``aws:username`` say ("Principal key values" of the user guide)."""
    name = caller.arn.rpartition("/")[2]
    if caller.kind is CallerKind.USER:
        known: Values = {"aws:username": (name,), "aws:federatedprovider": ()}
        return known | {"aws:userid": (unique_id,)} if unique_id else known
    if caller.kind is CallerKind.ROOT:
        return {"aws:userid": (caller.account,), "aws:federatedprovider": ()}
    if caller.kind is CallerKind.FEDERATED_USER:
        return {"aws:userid": (f"{caller.account}:{name}",)}
    if caller.session and unique_id:
        return {"aws:userid": (f"{unique_id}:{caller.session.rpartition('/')[2]}",)}
    return {}


def of_call(
    call: Call, secret: AwsSecret, owner: Account | None, key: Key, holder: Account | None
) -> Part:
    """``owner`` is the secret's account, ``holder`` its key's; None when not collected."""
    known: Values = {"aws:securetransport": ("true",), "aws:requestedregion": (secret.region,)}
    known["aws:tagkeys"] = ()
    known.update(call.parameters)
    if call.target in (Target.KEY, Target.KEY_ITSELF):
        return _of_key(call, secret, key, holder, known)
    known.update(_DIRECT)
    absent: tuple[str, ...] = ("kms:", "aws:requesttag/")
    if call.target is Target.SECRET:
        known["aws:resourceaccount"] = (secret.account,)
        known.update(_organization("resource", owner))
        known["secretsmanager:secretid"] = (secret.arn,)
        rotation = (secret.rotation,) if secret.rotation else ()
        known["secretsmanager:resource/allowrotationlambdaarn"] = rotation
        if secret.tags is not None:
            for prefix in _RESOURCE_TAGS:
                known.update(_tags(prefix, secret.tags))
            absent += _RESOURCE_TAGS
    return Part(known, absent)


_DIRECT: Values = {
    "aws:viaawsservice": ("false",),
    "aws:calledvia": (),
    "aws:calledviafirst": (),
    "aws:calledvialast": (),
}


def _of_key(call: Call, secret: AwsSecret, key: Key, holder: Account | None, known: Values) -> Part:
    known["aws:resourceaccount"] = (key.arn.split(":")[4],)
    known.update(_organization("resource", holder))
    known["kms:keyspec"] = ("SYMMETRIC_DEFAULT",)  # the only one Secrets Manager takes
    known["kms:keyusage"] = ("ENCRYPT_DECRYPT",)
    if key.aliases is not None:
        known["kms:resourcealiases"] = key.aliases
    absent: tuple[str, ...] = ("secretsmanager:", "aws:requesttag/")
    if key.tags is not None:
        known.update(_tags("aws:resourcetag/", key.tags))
        absent += ("aws:resourcetag/",)
    if call.target is Target.KEY_ITSELF:
        known.update(_DIRECT)
        known["kms:viaservice"] = ()
        return Part(known, absent)
    service = "secretsmanager.amazonaws.com"
    known.update(
        {
            "aws:viaawsservice": ("true",),
            "aws:calledvia": (service,),
            "aws:calledviafirst": (service,),
            "aws:calledvialast": (service,),
            "kms:viaservice": (via_service(secret),),
            "kms:encryptionalgorithm": ("SYMMETRIC_DEFAULT",),
            "kms:encryptioncontext:secretarn": (secret.arn,),
            "kms:encryptioncontextkeys": ("SecretARN", "SecretVersionId"),
            "kms:grantisforawsresource": (),
        }
    )
    absent += ("kms:encryptioncontext:", "kms:recipientattestation:")
    version = "kms:encryptioncontext:secretversionid"
    if call.current and secret.version:
        known[version] = (secret.version,)
        return Part(known, absent)
    return Part(known, absent, frozenset((version,)))


def via_service(secret: AwsSecret) -> str:
    """How KMS names the Secrets Manager of a region (``kms:ViaService``)."""
    china = secret.arn.startswith("arn:aws-cn:")
    return f"secretsmanager.{secret.region}.amazonaws.com{'.cn' if china else ''}"


def _organization(side: str, account: Account | None) -> Values:
    if account is None or account.org_id is None:
        return {}
    if not account.org_id:
        return {f"aws:{side}orgid": (), f"aws:{side}orgpaths": ()}
    known: Values = {f"aws:{side}orgid": (account.org_id,)}
    if account.org_path is not None:
        known[f"aws:{side}orgpaths"] = (account.org_path,)
    return known


def _tags(prefix: str, tags: Mapping[str, str]) -> Values:
    return {f"{prefix}{name}": (value,) for name, value in tags.items()}
