"""Who can read a key: evaluators for Vault/OpenBao and AWS. Pure: no I/O, the clock comes in.

Each evaluator answers, for a principal, a secret and an action, one of three verdicts and names
the statements that decided. ``verdict`` holds the words that both share; ``vault`` and ``aws``
hold one evaluator each; ``lints`` what is suspicious without being wrong.
"""
