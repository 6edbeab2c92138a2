"""The evaluation of one request to AWS by every policy that has a say in it.

One module per layer; ``decision`` joins them, ``explanation`` tells what each said.
"""

from __future__ import annotations

from scale_secrets.access.aws.evaluation.decision import Decision, decide
from scale_secrets.access.aws.evaluation.explanation import explain

__all__ = ["Decision", "decide", "explain"]
