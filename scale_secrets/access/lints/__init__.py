"""What is suspicious in policies without being wrong. Pure; one list of lints.

Each lint has a stable id that others script against. A lint is one file of this package plus one
line here. ``ACC1xx`` read Vault and OpenBao policies, ``ACC2xx`` those of AWS.
"""

from __future__ import annotations

LINTS = {
    "ACC101": "a Vault deny can never win",
    "ACC102": "a KV v2 path lacks data/ or metadata/",
    "ACC103": "sudo or the writing of policies is granted beside the reading of secrets",
    "ACC104": "a policy name that no policy has",
    "ACC105": "a stanza is shadowed: it can never decide",
    "ACC201": "a secret's ARN lacks its six-character suffix",
    "ACC202": "a suffix wildcard matches sibling secrets",
    "ACC203": "the writing of policies is granted beside the reading of secrets",
    "ACC204": "a role trusts every repository of a GitHub organization",
    "ACC205": "a policy that is attached was not collected or does not exist",
    "ACC206": "a statement is shadowed: it changes nothing",
}
