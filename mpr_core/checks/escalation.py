"""Were the tracks that a model should have decided asked about? Both escalation stages."""

from __future__ import annotations

from mpr_core.checks.finding import Check, Verdict, not_judged
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number


def questions_asked(subject: Subject) -> Verdict:
    """Questions left open because no model could be asked. Who switches the stage off wants it so."""
    node = subject.node
    asked, unasked = subject.count("asked"), subject.count("would_ask")
    numbers = {"asked": asked, "would_ask": unasked}
    if not node.config["enabled"]:
        return not_judged(node.reason)
    if not unasked:
        return Verdict(True, f"{number(asked, 'track')} asked about, none left open", numbers)
    why = f": {node.reason}" if node.reason else ""
    return Verdict(False, f"{number(unasked, 'track')} left unasked{why}", numbers)


CHECKS = (
    Check(
        "questions_asked",
        "No unresolved track was left unasked. Configure a model, or switch the stage off (`enabled: false`) to go without.",
        questions_asked,
    ),
)
