"""The policies and secrets of the scene, and the AppRoles that hold these policies.

They pull against each other on purpose: denies that win and denies that lose, templates, wrapping,
parameters, each way to an action alone, ways around the engine.
"""

from __future__ import annotations

from tests.support.access_actor import Place

NAMESPACES = ("", "team/", "team/sub/")

PLACES = (
    Place("", "secret/", "scale/live/key", 2),
    Place("", "secret/", "scale/test/key", 2),
    Place("", "secret/", "people/ann/key", 2),
    Place("", "secret/", "people/ops/key", 2),
    Place("", "secret/", "top", 2),
    Place("", "kv1/", "scale/live/key", 1),
    Place("", "kv1/", "people/ann/key", 1),
    Place("team/", "kv/", "scale/live/key", 2),
    Place("team/", "kv/", "people/tess/key", 2),
    Place("team/sub/", "kv/", "scale/live/key", 2),
)

_ALL = '["create", "read", "update", "patch", "delete", "list", "scan", "sudo"]'

POLICIES: dict[str, dict[str, str]] = {
    "": {
        "read-scale": 'path "secret/data/scale/*" { capabilities = ["read"] }',
        "read-live": 'path "secret/data/scale/live/key" { capabilities = ["read"] }',
        "no-data": 'path "secret/scale/*" { capabilities = ["read", "list"] }',
        "deny-wins": 'path "secret/data/scale/live/*" { capabilities = ["deny"] }',
        "deny-loses": 'path "secret/data/+/live/*" { capabilities = ["deny"] }',
        "deny-same": 'path "secret/data/scale/*" { capabilities = ["deny"] }',
        "names": (
            'path "secret/metadata/*" { capabilities = ["list"] }\n'
            'path "kv1/+/live/" { capabilities = ["list"] }'
        ),
        "tree": 'path "secret/metadata/" { capabilities = ["scan"] }',
        "detailed": 'path "secret/detailed-metadata/scale/+/" { capabilities = ["list"] }',
        "metadata": 'path "secret/metadata/scale/*" { capabilities = ["read"] }',
        "subkeys": 'path "secret/subkeys/*" { capabilities = ["read"] }',
        "update": (
            'path "secret/data/*" { capabilities = ["update"] }\n'
            'path "kv1/*" { capabilities = ["update"] }'
        ),
        "create": (
            'path "secret/data/*" { capabilities = ["create"] }\n'
            'path "kv1/*" { capabilities = ["create"] }'
        ),
        "patch": 'path "secret/data/scale/*" { capabilities = ["patch"] }',
        "remove": (
            'path "secret/metadata/scale/*" { capabilities = ["delete"] }\n'
            'path "kv1/scale/*" { capabilities = ["delete"] }'
        ),
        "delete": 'path "secret/data/scale/live/*" { capabilities = ["delete"] }',
        "delete-versions": 'path "secret/delete/*" { capabilities = ["update"] }',
        "delete-wrongly": 'path "secret/delete/*" { capabilities = ["create"] }',
        "destroy": 'path "secret/destroy/scale/+/key" { capabilities = ["update"] }',
        "rotate": (
            'path "secret/data/scale/live/key" { capabilities = ["read", "update"] }\n'
            'path "secret/data/scale/live/key.pending" '
            '{ capabilities = ["create", "read", "update", "delete"] }'
        ),
        "rotate-glob": (
            'path "+/scale/live/key*" { capabilities = ["create", "read", "update", "delete"] }'
        ),
        "own": (
            'path "secret/data/people/{{identity.entity.name}}/*" '
            '{ capabilities = ["read", "update"] }\n'
            'path "kv1/people/{{identity.entity.metadata.folder}}/*" { capabilities = ["read"] }'
        ),
        "by-group": (
            'path "secret/data/people/{{identity.groups.names.ops.name}}/key" '
            '{ capabilities = ["read"] }'
        ),
        "wrapped": (
            'path "secret/data/scale/live/key" '
            '{ capabilities = ["read"] min_wrapping_ttl = "30s" max_wrapping_ttl = "90s" }'
        ),
        "expired": (
            'path "secret/data/scale/*" { capabilities = ["read"] }\n'
            'path "secret/data/scale/live/*" '
            '{ capabilities = ["deny"] expiration = "2001-01-01T00:00:00Z" }'
        ),
        "only-value": (
            'path "secret/data/scale/*" '
            '{ capabilities = ["update"] allowed_parameters = { "value" = [] } }'
        ),
        "everything": f'path "*" {{ capabilities = {_ALL} }}',
        "raw": 'path "sys/raw/*" { capabilities = ["read", "sudo"] }',
        "snapshot": 'path "sys/storage/raft/*" { capabilities = ["read"] }',
        "raw-without-sudo": 'path "sys/raw/*" { capabilities = ["read"] }',
        "edit-policies": 'path "sys/policies/acl/read-*" { capabilities = ["update"] }',
        "edit-policies-create": 'path "sys/policies/acl/*" { capabilities = ["create", "patch"] }',
        "edit-policies-legacy": 'path "sys/policy/tree" { capabilities = ["update"] }',
        "unmount": 'path "sys/mounts/kv1" { capabilities = ["delete"] }',
        "into-team": (
            'path "team/kv/data/*" { capabilities = ["read"] }\n'
            'path "team/sub/sys/policies/acl/+" { capabilities = ["update"] }'
        ),
    },
    "team/": {
        "read": 'path "kv/data/*" { capabilities = ["read"] }',
        "own": 'path "kv/data/people/{{identity.entity.name}}/+" { capabilities = ["read"] }',
        "below": 'path "sub/kv/+/scale/*" { capabilities = ["read", "list"] }',
        "outward": 'path "secret/data/*" { capabilities = ["read"] }',
        "everything": f'path "*" {{ capabilities = {_ALL} }}',
    },
    "team/sub/": {
        "read-scale": 'path "kv/data/scale/*" { capabilities = ["read"] }',
    },
}

# One role for each: the policies of its token.
APPROLES = {
    "reader": ["read-scale"],
    "exact": ["read-live"],
    "no-data": ["no-data"],
    "deny-wins": ["read-scale", "deny-wins"],
    "deny-loses": ["read-scale", "deny-loses"],
    "deny-same": ["read-scale", "deny-same"],
    "names": ["names"],
    "tree": ["tree"],
    "detailed": ["detailed"],
    "metadata": ["metadata", "subkeys"],
    "subkeys": ["subkeys"],
    "updater": ["update"],
    "creator": ["create"],
    "replacer": ["create", "remove"],
    "patcher": ["patch"],
    "read-update": ["read-live", "update"],
    "remover": ["remove"],
    "deleter": ["delete"],
    "version-deleter": ["delete-versions"],
    "wrong-deleter": ["delete-wrongly"],
    "destroyer": ["destroy"],
    "rotator": ["rotate"],
    "half-rotator": ["rotate-glob"],
    "wrapped": ["wrapped"],
    "expired": ["expired"],
    "only-value": ["only-value"],
    "raw": ["raw"],
    "snapshot": ["snapshot", "raw"],
    "raw-without-sudo": ["raw-without-sudo"],
    "editor": ["edit-policies"],
    "wrong-editor": ["edit-policies-create"],
    "legacy-editor": ["edit-policies-legacy"],
    "unmounter": ["unmount"],
    "into-team": ["into-team"],
    "admin": ["everything"],
    "missing": ["read-scale", "no-such-policy"],
    "Upper": ["READ-Scale"],
    "nothing": [],
}
