"""AWS (HashiCorp Vault only): IAM principals, or EC2 instances, that prove who they are.

The alias depends on the mount's ``iam_alias``/``ec2_alias``; a login brings its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.login import NOBODY, AuthMount, Login, login, one_of

# How each binding reads; all that are set must hold (Vault's API page of the method).
_BINDINGS = {
    "bound_iam_principal_arn": "the IAM principal",
    "bound_account_id": "of AWS account",
    "bound_iam_role_arn": "with the IAM role",
    "bound_iam_instance_profile_arn": "with the instance profile",
    "bound_ec2_instance_id": "the EC2 instance",
    "bound_ami_id": "of the image",
    "bound_region": "in region",
    "bound_vpc_id": "in VPC",
    "bound_subnet_id": "in subnet",
}


def logins(mount: AuthMount) -> Iterator[Login]:
    for name, role in mount.fields.each("roles"):
        bound = [
            f"{words} {one_of(role.texts(key))}"
            for key, words in _BINDINGS.items()
            if role.texts(key)
        ]
        kind = "an EC2 instance" if role.text("auth_type") == "ec2" else "an IAM principal"
        yield login(
            f"role/{name}",
            role,
            people=f"{kind}: {', '.join(bound)}" if bound else f"{NOBODY}: the role binds nothing",
        )
