"""What a stage's counts say of its questions and their cost, in one sentence; the same on a terminal, in Dagster and in the report."""

from __future__ import annotations

from collections.abc import Mapping

from mpr_core.cascade.budget import usd


def escalation_in_words(counts: Mapping[str, float]) -> str:
    """'asked the 10 best of 50 for $0.02; 40 left for the budget, about $0.09; 1 flagged'."""
    asked, left = round(counts.get("asked", 0)), round(counts.get("would_ask", 0))
    if not asked + left:
        return "nothing to ask about"
    cost, more = counts.get("cost_usd", 0.0), counts.get("would_cost_usd", 0.0)
    for_usd = f" for {usd(cost)}" if cost else ""
    which = f"asked the {asked} best of {asked + left}" if left and asked else f"asked {asked} of {asked + left}"
    budget, failed = round(counts.get("left_for_budget", 0)), round(counts.get("failed", 0))
    about = f", about {usd(more)}" if more else ""
    told = [which + for_usd]
    told += [f"{budget} left for the budget{about}"] if budget else []
    told += [f"{failed} without an answer because of failures"] if failed else []
    told += [f"{round(counts['no_answer'])} got no usable answer"] if counts.get("no_answer") else []
    told += [f"{round(counts['flagged'])} flagged"] if counts.get("flagged") else []
    return "; ".join(told)


def unasked_in_words(counts: Mapping[str, float]) -> str:
    """'3 tracks unasked, which would cost at most about $0.40'."""
    unasked, cost = round(counts.get("would_ask", 0)), counts.get("would_cost_usd", 0.0)
    would = f", which would cost at most about {usd(cost)}" if cost else ""
    return f"{unasked} track{'' if unasked == 1 else 's'} unasked{would}"
