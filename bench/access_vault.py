"""How fast it is computed who may read what in Vault, and how that grows.

``python -m bench.access_vault``. The peer is a real OpenBao that holds the same policies: one
``sys/capabilities`` request for each principal with every path in it, which answers less (no
conditions, no reasons, no metadata). Ratios of one run count, not seconds.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

from bench.access_installations import Size, files, held, policies, secrets
from scale_secrets.access.vault.evaluator import Evaluator
from scale_secrets.access.vault.installation import parse_installation
from scale_secrets.access.verdict import Action, Answer
from tests.support.openbao import OpenBao
from tests.support.raw_openbao import Connection

PRINCIPALS = 1_000
ASKED_OF_THE_SERVER = 50  # principals; the rest would be no other
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of this process, whatever else the machine does; or by another ``clock``."""
    gc.collect()
    before = clock()
    work()
    return clock() - before


def answers(evaluator: Evaluator, size: Size) -> list[Answer]:
    """Everything that is no denial: what a report would keep."""
    asked = [evaluator.secret(path) for path in secrets(size)]
    found = evaluator.matrix(evaluator.principals, asked, [Action.READ])
    return [answer for *_, answer in found]


def measure(title: str, size: Size) -> float:
    texts = files(size)
    parsed = timed(lambda: parse_installation(texts))
    installation = parse_installation(texts)
    kept: list[int] = []
    took = timed(lambda: kept.append(len(answers(Evaluator(installation, NOW), size))))
    cells = size.principals * size.secrets
    print(
        f"{title}: {size.principals} principals x {size.secrets} secrets in {took:.2f} s, "
        f"{took / cells * 1e6:.1f} us an answer, {kept[0]} not denied; parsing {parsed:.2f} s"
    )
    return took


def memory(size: Size) -> tuple[int, int]:
    """Bytes at the highest, with the answers held, and how many of these there are."""
    installation = parse_installation(files(size))
    gc.collect()
    tracemalloc.start()
    try:
        kept = answers(Evaluator(installation, NOW), size)
        return tracemalloc.get_traced_memory()[1], len(kept)
    finally:
        tracemalloc.stop()


def peer(size: Size) -> float:
    """Seconds for an answer of the server's."""
    paths = [path.replace("secret/", "secret/data/", 1) for path in secrets(size)]
    with OpenBao() as server, Connection(server) as root:
        for name, text in policies(size).items():
            root.root("POST", f"sys/policies/acl/{name}", {"policy": text})
        tokens = [
            root.root("POST", "auth/token/create", {"policies": list(names)})["auth"][
                "client_token"
            ]
            for names in islice(held(size), ASKED_OF_THE_SERVER)
        ]
        took = timed(
            lambda: [root.capabilities(token, paths) for token in tokens], time.perf_counter
        )
    return took / len(tokens) / len(paths)


def main() -> None:
    cold, warm = Size(PRINCIPALS), Size(PRINCIPALS, shared=True)
    once = measure("every policy different", cold)
    tenfold = measure("ten times the principals", Size(10 * PRINCIPALS))
    print(f"  ten times the principals take {tenfold / once:.1f} times as long")
    shared = measure("policies shared", warm)
    (small, few), (large, many) = memory(Size(PRINCIPALS // 10)), memory(cold)
    print(
        f"  memory {small / 1e6:.1f} MB with {few} answers, {large / 1e6:.1f} MB with {many}: "
        f"{large / small:.1f} times"
    )
    server = peer(cold)
    cells = cold.principals * cold.secrets
    print(
        f"  sys/capabilities of OpenBao: {server * 1e6:.1f} us an answer, "
        f"{server / (once / cells):.1f} times as long (shared {server / (shared / cells):.1f})"
    )


if __name__ == "__main__":
    main()
