"""The auth methods. Each gathers its ingredients (``MissingError`` when it cannot) and logs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from scale_secrets.stores.vault.auth.context import Context, Gained, MissingError, Options
from scale_secrets.stores.vault.auth.identities import identity_token
from scale_secrets.stores.vault.auth.wrapping import unwrapped_secret_id
from scale_secrets.stores.vault.settings import variable
from scale_secrets.values import SecretValue

_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")

Method = Callable[[Options, Context], Gained]


def token(options: Options, context: Context) -> Gained:
    """A token that is there already: a named file, the variable, or the CLI's own file."""
    options.known("token_file")
    named = options.file("token_file")
    if named is not None:
        return Gained(context.secret_file(named), by_login=False)
    found = variable(context.surroundings.environ, "TOKEN").strip()
    if found:
        return Gained(SecretValue(found), by_login=False)
    try:
        kept = context.secret_file(context.surroundings.home / ".vault-token")
    except MissingError as missing:
        raise MissingError(f"BAO_TOKEN and VAULT_TOKEN are not set, and {missing}") from None
    return Gained(kept, by_login=False)


def approle(options: Options, context: Context) -> Gained:
    """A role-id and a secret-id; the latter may come wrapped, to be unwrapped once."""
    options.known(
        "mount",
        "role_id",
        "role_id_file",
        "role_id_variable",
        "secret_id_file",
        "secret_id_variable",
        "wrapped_secret_id_file",
    )
    mount = options.text("mount", "approle")
    role_id = options.text("role_id") or _ingredient(options, context, "role_id").reveal()
    wrapped = options.file("wrapped_secret_id_file")
    if wrapped is not None:
        secret_id = unwrapped_secret_id(context.secret_file(wrapped), mount, context)
    else:
        secret_id = _ingredient(options, context, "secret_id")
    return context.log_in(
        "approle",
        "",
        lambda client: client.auth.approle.login(
            role_id, secret_id.reveal(), use_token=False, mount_point=mount
        ),
    )


def kubernetes(options: Options, context: Context) -> Gained:
    """The pod's service account."""
    options.known("mount", "role", "token_file")
    role = options.required("role")
    jwt = context.secret_file(options.file("token_file") or _SERVICE_ACCOUNT)
    return context.log_in(
        "kubernetes",
        role,
        lambda client: client.auth.kubernetes.login(
            role, jwt.reveal(), use_token=False, mount_point=options.text("mount", "kubernetes")
        ),
    )


def jwt(options: Options, context: Context) -> Gained:
    """An identity token: from a file, from a variable, or minted by GitHub Actions."""
    options.known("mount", "role", "token_file", "token_variable", "audience")
    role = options.required("role")
    identity = identity_token(options, context)
    return context.log_in(
        "jwt",
        role,
        lambda client: client.auth.jwt.jwt_login(
            role, identity.reveal(), use_token=False, path=options.text("mount", "jwt")
        ),
    )


def userpass(options: Options, context: Context) -> Gained:
    """A user name and a password, from a file or from the person at the terminal."""
    options.known("mount", "username", "password_file")
    username = options.required("username")
    file = options.file("password_file")
    if file is not None:
        password = context.secret_file(file)
    elif context.surroundings.ask is not None:
        password = context.surroundings.ask(f"password of {username} at {context.settings.address}")
    else:
        raise MissingError("no password_file is named, and there is nobody to ask")
    return context.log_in(
        "userpass",
        username,
        lambda client: client.auth.userpass.login(
            username,
            password.reveal(),
            use_token=False,
            mount_point=options.text("mount", "userpass"),
        ),
    )


def cert(options: Options, context: Context) -> Gained:
    """The TLS client certificate that the connection shows anyway."""
    options.known("mount", "role")
    tls = context.settings.tls
    if not tls.client_certificate:
        raise MissingError("no client certificate is set (client_cert, VAULT_CLIENT_CERT)")
    if not context.settings.address.startswith("https:"):
        raise MissingError("the address is not https, so no certificate is shown")
    role = options.text("role")
    return context.log_in(
        "cert",
        role,
        lambda client: client.auth.cert.login(
            name=role,
            cert_pem=tls.client_certificate,
            key_pem=tls.client_key or "",
            use_token=False,
            mount_point=options.text("mount", "cert"),
        ),
    )


def _ingredient(options: Options, context: Context, name: str) -> SecretValue:
    """From the file that ``NAME_file`` names, else from a variable."""
    file = options.file(f"{name}_file")
    if file is not None:
        return context.secret_file(file)
    named = options.text(f"{name}_variable")
    twins = (f"BAO_{name.upper()}", f"VAULT_{name.upper()}")
    return context.secret_variable(*((named,) if named else twins))


METHODS: Mapping[str, Method] = {
    "token": token,
    "approle": approle,
    "kubernetes": kubernetes,
    "jwt": jwt,
    "userpass": userpass,
    "cert": cert,
}
