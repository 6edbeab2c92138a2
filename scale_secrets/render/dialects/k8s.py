"""``k8s``: the manifest of a Kubernetes Secret, for ``kubectl apply -f -``.

Values stand in ``data`` in base64, which holds anything. Keys and base64 are quoted, since YAML
readers would take some of both for numbers or booleans.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence

from scale_secrets.errors import UsageError
from scale_secrets.render.dialects.interface import Dialect, Options, Refusal

_LONGEST_NAME = 253
_LARGEST = 1024 * 1024  # bytes in one Secret
_LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAMESPACE = re.compile(rf"{_LABEL}\Z")
_SECRET_NAME = re.compile(rf"(?=.{{1,{_LONGEST_NAME}}}\Z){_LABEL}(?:\.{_LABEL})*\Z")


class _K8s(Dialect):
    names = re.compile(r"[-._A-Za-z0-9]+\Z")

    def entry(self, name: str, value: bytes) -> bytes | Refusal:
        if name.startswith("..") or name == "." or len(name) > _LONGEST_NAME:
            return Refusal("is no key that a Kubernetes Secret can hold", "rename the variable")
        if len(value) > _LARGEST:
            return Refusal("is over the 1 MiB that a Kubernetes Secret can hold")
        return b'  "%s": "%s"\n' % (name.encode(), b2a_base64(value, newline=False))

    def document(self, entries: Sequence[bytes], options: Options) -> bytes:
        head = ["apiVersion: v1", "kind: Secret", "metadata:"]
        head.append(f'  name: "{_checked(_SECRET_NAME, options.secret_name, "secret")}"')
        if options.namespace is not None:
            head.append(f'  namespace: "{_checked(_NAMESPACE, options.namespace, "namespace")}"')
        head += ["type: Opaque", "data:" if entries else "data: {}"]
        return "\n".join(head).encode() + b"\n" + b"".join(entries)


def _checked(rule: re.Pattern[str], name: str, what: str) -> str:
    if not rule.match(name):
        raise UsageError(
            f"k8s: {name!r} is no name of a {what}",
            hint="lower-case letters, digits and - between them",
        )
    return name


DIALECT = _K8s()
