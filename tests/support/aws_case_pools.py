"""The small related pools that random AWS cases are drawn from.

Few values, near each other: a pattern drawn from the same pool as the value it is compared with
hits, misses by one character, by case, or by one segment, and rarely misses for a dull reason.
Accounts, ids and names are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_secrets.access.aws.model import Caller, CallerKind

OWN, OTHER = "111122223333", "444455556666"
ORG, OTHER_ORG = "o-abcd123456", "o-wxyz987654"
REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class Key:
    """A condition key: ``kind`` is the type of its values, ``values`` what requests bring."""

    name: str
    kind: str  # string, numeric, date, bool, ip, arn, binary
    values: tuple[str, ...]
    services: tuple[str, ...] = ()  # empty: global
    multivalued: bool = False
    actions: tuple[str, ...] = ()  # empty: all of those services


def _secret(name: str, *, account: str = OWN, region: str = REGION) -> str:
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{name}"


SECRETS = (
    _secret("scale/live/k-AbCdEf"),
    _secret("scale/live/k-backup-GhIjKl"),
    _secret("scale/test/k-AbCdEf"),
    _secret("Scale/live/k-MnOpQr"),
    _secret("scale/live/k-AbCdEf", region="us-east-1"),
    _secret("scale/live/k-AbCdEf", account=OTHER),
)
KEYS = tuple(
    f"arn:aws:kms:{REGION}:{account}:key/{name}"
    for account, name in (
        (OWN, "11111111-2222-3333-4444-555555555555"),
        (OWN, "11111111-2222-3333-4444-666666666666"),
        (OTHER, "11111111-2222-3333-4444-555555555555"),
    )
)
ROLES = tuple(
    f"arn:aws:iam::{account}:role/{path}"
    for account, path in (
        (OWN, "ci"),
        (OWN, "ci-labels"),
        (OWN, "team/deployer"),
        (OTHER, "ci"),
    )
)
USERS = tuple(
    f"arn:aws:iam::{account}:user/{path}"
    for account, path in ((OWN, "ann"), (OWN, "team/ben"), (OTHER, "ann"))
)
SESSION_NAMES = ("build-1", "build-2", "ann")
SERVICES = ("lambda.amazonaws.com", "secretsmanager.amazonaws.com")
OIDC = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"
SAML = f"arn:aws:iam::{OWN}:saml-provider/people"


def session_arn(role: str, name: str) -> str:
    account, path = role.split(":")[4], role.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{path}/{name}"


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _roles() -> tuple[Caller, ...]:
    return tuple(
        Caller(CallerKind.ROLE, role, _account(role), session_arn(role, name))
        for role in ROLES
        for name in SESSION_NAMES[:2]
    )


def _federated(account: str, name: str) -> Caller:
    arn = f"arn:aws:sts::{account}:federated-user/{name}"
    return Caller(CallerKind.FEDERATED_USER, arn, account, arn)


CALLERS = {
    "user": tuple(Caller(CallerKind.USER, user, _account(user)) for user in USERS),
    "role": _roles(),
    "linked role": (
        Caller(
            CallerKind.ROLE,
            f"arn:aws:iam::{OWN}:role/aws-service-role/rotation.amazonaws.com/Rotation",
            OWN,
            f"arn:aws:sts::{OWN}:assumed-role/Rotation/run",
            service_linked=True,
        ),
    ),
    "root": tuple(Caller(CallerKind.ROOT, f"arn:aws:iam::{one}:root", one) for one in (OWN, OTHER)),
    "federated user": (_federated(OWN, "ann"), _federated(OTHER, "ann")),
    "service": tuple(Caller(CallerKind.SERVICE, one) for one in SERVICES),
    "anonymous": (Caller(CallerKind.ANONYMOUS, "*"),),
    "web identity": (Caller(CallerKind.WEB_IDENTITY, OIDC, OWN),),
    "saml": (Caller(CallerKind.SAML, SAML, OWN),),
}

# What each action is asked on. An empty tuple: on no resource ("*").
ACTIONS = {
    "secretsmanager:GetSecretValue": SECRETS,
    "secretsmanager:PutSecretValue": SECRETS,
    "secretsmanager:DeleteSecret": SECRETS,
    "secretsmanager:PutResourcePolicy": SECRETS,
    "secretsmanager:TagResource": SECRETS,
    "secretsmanager:BatchGetSecretValue": (),
    "secretsmanager:ListSecrets": (),
    "kms:Decrypt": KEYS,
    "kms:GenerateDataKey": KEYS,
    "kms:CreateGrant": KEYS,
    "kms:PutKeyPolicy": KEYS,
    "sts:AssumeRole": ROLES,
    "sts:AssumeRoleWithWebIdentity": ROLES,
    "sts:AssumeRoleWithSAML": ROLES,
    "iam:PassRole": ROLES,
    "iam:UpdateAssumeRolePolicy": ROLES,
    "iam:AttachUserPolicy": USERS,
    "iam:CreateAccessKey": USERS,
    "iam:ListRoles": (),
}

_STRINGS = ("labels", "Labels", "labels-eu", "live")
_PATHS = tuple(f"{org}/r-ab12/ou-ab12-{unit}/" for org in (ORG, OTHER_ORG) for unit in ("11", "22"))
_SM, _KMS, _STS, _IAM = ("secretsmanager",), ("kms",), ("sts",), ("iam",)

CONDITION_KEYS = (
    Key("aws:SourceVpc", "string", ("vpc-1a", "vpc-1ab", "vpc-2b")),
    Key("aws:SourceVpce", "string", ("vpce-1a", "vpce-1b")),
    Key("aws:SourceIp", "ip", ("203.0.113.5", "203.0.113.77", "198.51.100.7", "2001:db8::5")),
    Key("aws:VpcSourceIp", "ip", ("10.0.0.5", "10.0.1.5")),
    Key("aws:CurrentTime", "date", ("2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z")),
    Key("aws:TokenIssueTime", "date", ("2026-01-31T11:59:59Z", "2026-01-31T12:00:00Z")),
    Key("aws:EpochTime", "date", ("1769860800", "1769904000")),
    Key("aws:MultiFactorAuthAge", "numeric", ("0", "300", "3600", "3601")),
    Key("aws:MultiFactorAuthPresent", "bool", ("true", "false")),
    Key("aws:SecureTransport", "bool", ("true", "false")),
    Key("aws:ViaAWSService", "bool", ("true", "false")),
    Key("aws:PrincipalArn", "arn", (*ROLES[:2], *USERS[:2])),
    Key("aws:PrincipalAccount", "string", (OWN, OTHER)),
    Key("aws:PrincipalOrgID", "string", (ORG, OTHER_ORG)),
    Key("aws:PrincipalOrgPaths", "string", _PATHS, multivalued=True),
    Key("aws:PrincipalTag/team", "string", _STRINGS),
    Key("aws:PrincipalTag/Team", "string", _STRINGS),
    Key("aws:PrincipalTag/mark", "binary", ("QmluYXJ5", "YmluYXJ5")),
    Key("aws:username", "string", ("ann", "ben")),
    Key("aws:userid", "string", ("AROAEXAMPLE:build-1", "AROAEXAMPLE:build-2", "AIDAEXAMPLE")),
    Key("aws:CalledVia", "string", (*SERVICES, "cloudformation.amazonaws.com"), multivalued=True),
    Key("aws:SourceArn", "arn", (*SECRETS[:2], f"arn:aws:lambda:{REGION}:{OWN}:function:rotate")),
    Key("aws:SourceAccount", "string", (OWN, OTHER)),
    Key("aws:RequestedRegion", "string", (REGION, "eu-west-2", "us-east-1")),
    Key("aws:UserAgent", "string", ("scale-secrets/1.0", "curl/8.5", "scale*")),
    Key(
        "aws:ResourceTag/team",
        "string",
        _STRINGS,
        actions=tuple(action for action, on in ACTIONS.items() if on in (SECRETS, KEYS)),
    ),
    Key("aws:RequestTag/team", "string", _STRINGS, actions=("secretsmanager:TagResource",)),
    Key(
        "aws:TagKeys",
        "string",
        ("team", "Team", "scale-mode"),
        multivalued=True,
        actions=("secretsmanager:TagResource",),
    ),
    Key(
        "secretsmanager:ResourceTag/team",
        "string",
        _STRINGS,
        _SM,
        actions=tuple(action for action, on in ACTIONS.items() if on is SECRETS),
    ),
    Key(
        "secretsmanager:VersionStage",
        "string",
        ("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"),
        _SM,
        actions=("secretsmanager:GetSecretValue",),
    ),
    Key(
        "secretsmanager:SecretId",
        "arn",
        SECRETS[:3],
        _SM,
        actions=("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
    ),
    Key(
        "secretsmanager:BlockPublicPolicy",
        "bool",
        ("true", "false"),
        _SM,
        actions=("secretsmanager:PutResourcePolicy",),
    ),
    Key(
        "kms:ViaService", "string", tuple(f"{s}.{REGION}.amazonaws.com" for s in (*_SM, "s3")), _KMS
    ),
    Key("kms:CallerAccount", "string", (OWN, OTHER), _KMS),
    Key(
        "kms:EncryptionContext:SecretARN",
        "string",
        SECRETS[:3],
        _KMS,
        actions=("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"),
    ),
    Key(
        "kms:EncryptionContextKeys",
        "string",
        ("SecretARN", "SecretVersionId"),
        _KMS,
        multivalued=True,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
    ),
    Key(
        "kms:GrantOperations",
        "string",
        ("Decrypt", "GenerateDataKey", "DescribeKey"),
        _KMS,
        multivalued=True,
        actions=("kms:CreateGrant",),
    ),
    Key("kms:GrantIsForAWSResource", "bool", ("true", "false"), _KMS, actions=("kms:CreateGrant",)),
    Key("sts:ExternalId", "string", ("scale-1", "scale-2"), _STS, actions=("sts:AssumeRole",)),
    Key(
        "sts:RoleSessionName",
        "string",
        (*SESSION_NAMES,),
        _STS,
        actions=("sts:AssumeRole", "sts:AssumeRoleWithSAML"),
    ),
    Key(
        "sts:TransitiveTagKeys",
        "string",
        ("team", "Team"),
        _STS,
        multivalued=True,
        actions=("sts:AssumeRole",),
    ),
    Key(
        "token.actions.githubusercontent.com:sub",
        "string",
        (
            "repo:labels/cat:ref:refs/heads/main",
            "repo:labels/cat:environment:live",
            "repo:labels/dog:ref:refs/heads/main",
        ),
        _STS,
        actions=("sts:AssumeRoleWithWebIdentity",),
    ),
    Key(
        "token.actions.githubusercontent.com:aud",
        "string",
        ("sts.amazonaws.com", "other"),
        _STS,
        actions=("sts:AssumeRoleWithWebIdentity",),
    ),
    Key(
        "SAML:aud",
        "string",
        ("https://signin.aws.amazon.com/saml", "other"),
        _STS,
        actions=("sts:AssumeRoleWithSAML",),
    ),
    Key("iam:PassedToService", "string", SERVICES, _IAM, actions=("iam:PassRole",)),
    Key(
        "iam:PolicyARN",
        "arn",
        ("arn:aws:iam::aws:policy/AdministratorAccess", f"arn:aws:iam::{OWN}:policy/read"),
        _IAM,
        actions=("iam:AttachUserPolicy",),
    ),
)


def keys_for(action: str) -> tuple[Key, ...]:
    """The condition keys that a request for this action may bring."""
    service = action.partition(":")[0]
    return tuple(
        key
        for key in CONDITION_KEYS
        if (not key.services or service in key.services)
        and (not key.actions or action in key.actions)
    )


BY_NAME = {key.name: key for key in CONDITION_KEYS}
