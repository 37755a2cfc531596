"""Were the tracks that a model should have decided asked about? Both escalation stages."""

from __future__ import annotations

from collections import Counter

from mpr_core.cascade.summary import escalation_in_words
from mpr_core.checks.finding import Check, Verdict, not_judged
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, some

_UNUSABLE_RATIO = 0.5
"""From here on it is the model, not the questions: a model that only thinks aloud, or does not see pictures."""
_UNANSWERED = (("failed", "failed"), ("no_answer", "refused"))
"""A count of the node and the status of its rows."""
_MOST_CHARS = 200
"""Of a failure's reason; the whole of it is in the ledger."""


def questions_asked(subject: Subject) -> Verdict:
    """Questions left open: no model could be asked, the budget was spent, calls failed, or what came was of no use.

    Who switches the stage off wants it so.
    """
    node = subject.node
    asked, unasked = subject.count("asked"), subject.count("would_ask")
    numbers = {"asked": asked, "would_ask": unasked}
    if not node.config["enabled"]:
        return not_judged(node.reason)
    unusable = bool(asked) and subject.count("no_answer") >= _UNUSABLE_RATIO * asked
    if not unasked and not unusable:
        return Verdict(True, f"{number(asked, 'track')} asked about, none left open", numbers)
    if node.status == "done":
        return Verdict(False, escalation_in_words(node.counts) + _commonest_failure(subject), numbers)
    why = f": {node.reason}" if node.reason else ""
    return Verdict(False, f"{number(unasked, 'track')} left unasked{why}", numbers)


def _commonest_failure(subject: Subject) -> str:
    """Why most of the questions that failed, else of those without a usable answer, did; in brackets, '' when there are none."""
    status = next((status for count, status in _UNANSWERED if subject.count(count)), "")
    if not status:
        return ""  # nothing is read in vain
    rows = (row for _, table in subject.tables("questions", ("status", "reason")) for row in table.to_pylist())
    reasons = Counter(row["reason"] for row in rows if row["status"] == status and row["reason"])
    if not reasons:
        return ""
    reason = reasons.most_common(1)[0][0]
    return f" ({reason if len(reason) <= _MOST_CHARS else reason[:_MOST_CHARS] + ' ...'})"


def answers_agree(subject: Subject) -> Verdict:
    """Answers that contradict the letters that were read, or each other: somebody has to look."""
    flagged = subject.count("flagged")
    numbers = {"flagged": flagged}
    if subject.node.status == "skipped":
        return not_judged(subject.node.reason)
    if not flagged:
        return Verdict(True, "no answer contradicts what was read", numbers)
    return Verdict(False, f"{number(flagged, 'answer')} decided nothing: {some(_flagged(subject))}", numbers)


def _flagged(subject: Subject) -> list[str]:
    rows = (row for _, table in subject.tables("questions", ("text", "verdict", "models")) for row in table.to_pylist())
    flagged = (row for row in rows if row["verdict"] in ("flagged", "disagreement"))
    return [f"{row['text']!r} ({row['verdict']}: {row['models']})" for row in flagged]


CHECKS = (
    Check(
        "questions_asked",
        "No unresolved track was left unasked, and the answers were of use. "
        "Configure a model, or switch the stage off (`enabled: false`) to go without.",
        questions_asked,
    ),
    Check(
        "answers_agree",
        "No answer contradicts the letters that were read, or another model's. Look at their crops in the overlay.",
        answers_agree,
    ),
)
