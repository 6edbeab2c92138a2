"""A directory of collected files to the estate that answers are computed from.

Relative paths to text, as the AWS CLI prints it::

    organization.json               see ``collected.organization``
    ACCOUNT/authorization.json      ``aws iam get-account-authorization-details``
    ACCOUNT/secrets.json            see ``collected.secrets``
    ACCOUNT/keys.json               see ``collected.keys``
    ACCOUNT/policies/NAME.json      managed policies that the dump left out: a document, or the
                                    answer of ``get-policy-version`` with an ``Arn`` beside it

A file that is not there was not collected: what it would have said is MISSING, never empty.
Accounts of which only the organization tells are part of the estate, for what stands over their
principals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scale_secrets.access.aws.collected.identities import Identities
from scale_secrets.access.aws.collected.keys import read_keys
from scale_secrets.access.aws.collected.node import File, Node
from scale_secrets.access.aws.collected.organization import Organization, read_organization
from scale_secrets.access.aws.collected.secrets import read_secrets
from scale_secrets.access.aws.document import Kind
from scale_secrets.access.aws.model import Account, AwsSecret, Document, Estate, Key, Role, User
from scale_secrets.errors import PolicyError

_ACCOUNT = re.compile(r"\d{12}")
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")  # which of them a bare document does not say
_ORGANIZATION = "organization.json"
_FILES = ("authorization.json", "secrets.json", "keys.json")


def parse_estate(files: Mapping[str, str], *, below: str = "") -> Estate:
    """Raises ``PolicyError`` with file, line and reason for what cannot be used.

    ``below`` (``aws/``) stands in front of every path in places and messages.
    """
    organization = Organization()
    if _ORGANIZATION in files:
        file = File(f"{below}{_ORGANIZATION}", files[_ORGANIZATION])
        organization = read_organization(file.root)
    numbers = sorted({*_account_numbers(files, below), *organization.memberships})
    return Estate({number: _account(number, files, organization, below) for number in numbers})


def _account_numbers(files: Iterable[str], below: str) -> set[str]:
    found = set()
    for path in files:
        account, _, rest = path.partition("/")
        if path == _ORGANIZATION:
            continue
        if not _ACCOUNT.fullmatch(account) or not _expected(rest):
            raise PolicyError(
                "not a file that is read here",
                file=f"{below}{path}",
                hint="organization.json, ACCOUNT/authorization.json, ACCOUNT/secrets.json, "
                "ACCOUNT/keys.json and ACCOUNT/policies/NAME.json are",
            )
        found.add(account)
    return found


def _expected(rest: str) -> bool:
    return rest in _FILES or (rest.startswith("policies/") and rest.endswith(".json"))


def _account(
    number: str, files: Mapping[str, str], organization: Organization, below: str
) -> Account:
    def root(name: str) -> File | None:
        path = f"{number}/{name}"
        return File(f"{below}{path}", files[path]) if path in files else None

    users: tuple[User, ...] = ()
    roles: tuple[Role, ...] = ()
    if (dump := root("authorization.json")) is not None:
        identities = Identities(dump.root, number, _further(number, files, below))
        users, roles = tuple(identities.users()), tuple(identities.roles())
    keys: dict[str, Key] = {}
    if (collected := root("keys.json")) is not None:
        keys = {key.arn: key for key in read_keys(collected.root, number)}
    secrets: tuple[AwsSecret, ...] = ()
    if (listed := root("secrets.json")) is not None:
        secrets = tuple(read_secrets(listed.root, number, keys))
    membership = organization.of(number)
    return Account(
        id=number,
        users=users,
        roles=roles,
        keys=keys,
        secrets=secrets,
        scps=membership.scps,
        rcps=membership.rcps,
        management=membership.management,
        org_id=membership.org_id,
        org_path=membership.org_path,
        identities=dump is not None,
    )


def _further(number: str, files: Mapping[str, str], below: str) -> dict[str, Document]:
    """The account's policies that stand in files of their own, by ARN."""
    start = f"{number}/policies/"
    found = {}
    for path in files:
        if path.startswith(start):
            name = path.removeprefix(start).removesuffix(".json")
            node = File(f"{below}{path}", files[path]).root
            document = _document(node).document(name, Kind.IDENTITY)
            written = node.text("Arn")
            arns = (f"arn:{one}:iam::{number}:policy/{name}" for one in _PARTITIONS)
            found.update(dict.fromkeys((written,) if written else arns, document))
    return found


def _document(node: Node) -> Node:
    """A document by itself, or that of ``get-policy-version``."""
    version = node.at("PolicyVersion")
    if version is None:
        return node
    document = version.at("Document")
    if document is None:
        version.fail("has no Document")
    return document
