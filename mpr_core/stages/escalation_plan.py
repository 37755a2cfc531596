"""The plan of both escalation stages: every unresolved track of the timeline in order of worth, asked about until the budget is spent.

Asking is all that happens here; `run` only makes tables of what the plan says of its segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mpr_core.brands.brand_list import Brand
from mpr_core.cascade.answer_cache import AnswerCache
from mpr_core.cascade.asking import Desk, Question, Result
from mpr_core.cascade.batching import Batching
from mpr_core.cascade.budget import Budget, Caps
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.ledger import Ledger
from mpr_core.cascade.lines import Choice, Line, opened
from mpr_core.cascade.open_batches import OpenBatches
from mpr_core.cascade.patience import PatientCall
from mpr_core.cascade.queue import QuestionQueue
from mpr_core.cascade.ranking import Placed, Ranking, ranked
from mpr_core.cascade.recall import recalled
from mpr_core.cascade.retry import RetryPolicy
from mpr_core.cascade.routing import candidates
from mpr_core.cascade.summary import escalation_in_words
from mpr_core.runner.context import PlanContext, Planned
from mpr_core.stages.escalation import Escalation, settled_tracks
from mpr_core.stages.question_pictures import QuestionPictures
from mpr_core.stages.question_rows import outcome_rows
from mpr_core.stages.scene_spans import scene_spans


@dataclass(frozen=True)
class Means:
    """With what a stage asks.

    Attributes:
        second_opinion_value: questions worth at least this go to two models; None: none does.
        before: the escalation stage whose answers come first, '' for none.
        batch: whether the first model gets its questions together.
        batch_wait_s: how long it may then take.
        question_usd: about what a question costs, told where none has been paid for.
    """

    stage: str
    lines: Sequence[Line]
    caps: Caps
    second_opinion_value: float | None = None
    before: str = ""
    batch: bool = False
    batch_wait_s: float = 0.0
    question_usd: float = 0.0

    def wanted(self, value: float) -> int:
        """How many models are to answer a question."""
        twice = self.second_opinion_value is not None and value >= self.second_opinion_value
        return min(2 if twice else 1, len(self.lines))


def lines_to(choices: Sequence[Choice], context: PlanContext, timeout_s: float) -> list[Line]:
    """The models that are asked, or whose stored answers are all there is.

    Raises:
        ConfigError: a model that is to be asked has no price.
    """
    if context.asks_models:
        exactly = [(name, context.models.get(name, model)) for name, model in choices]
        return opened(exactly, context.services, timeout_s)
    return recalled(choices, context.models)


def plan_questions(context: PlanContext, config: EscalateConfig, means: Means) -> Planned:
    """What became of every unresolved track, per segment: rows of `QUESTIONS`.

    Raises:
        RunLeft: the run ends between two questions; every answer that came is stored.
    """
    segments = context.segments()
    placed = [found for index in range(len(segments)) for found in _candidates(context, config, index, means.before)]
    ranking = ranked(placed, config, _scene_starts_s(context))
    brands = [Brand.model_validate(brand) for brand in context.nodes["match_brands"].config["brands"]]
    results = _asked(context, config, means, brands, ranking)
    rows = outcome_rows(placed, ranking, results, brands, config, means.question_usd)
    if ranking.questions:
        told = escalation_in_words(Escalation.from_rows(list(rows.values()), means.stage).counts())
        context.say(told)
    values = [[rows[p.place] for p in placed if p.segment == index] for index in range(len(segments))]
    return Planned(values, complete=all(result is None or result.final for result in results))


def _asked(
    context: PlanContext, config: EscalateConfig, means: Means, brands: Sequence[Brand], ranking: Ranking
) -> list[Result | None]:
    """What became of each question; None for those that the budget did not reach."""
    store, total = context.services.media_out, len(ranking.questions)
    budget, call = Budget(means.caps), PatientCall(RetryPolicy(total_s=config.give_up_s))
    ledger = Ledger(store, context.run_id, means.stage)
    desk = Desk(means.lines, AnswerCache(store), ledger, budget, call, context.paid, context.timeline.id)
    pictures = QuestionPictures(context, brands, config)

    def question(number: int) -> Question:
        asked = ranking.questions[number]
        return Question(asked.leader, pictures.ask(asked.leader), means.wanted(asked.value))

    batching = Batching(desk, OpenBatches(store), context, means.batch_wait_s)
    batching.take_up(total, question)
    desk.take_up()
    if means.batch:
        batching.run(total, question, means.caps, budget.spent_usd)
    budget.ahead_usd = desk.paid_ahead()
    queue = QuestionQueue(desk, budget, call, config.at_once, context)
    return queue.run(total, question)


def _scene_starts_s(context: PlanContext) -> list[float]:
    scenes = scene_spans(
        (float(context.offset_s(segment)), context.table("filter_scenes", index, "scenes").to_pylist())
        for index, segment in enumerate(context.segments())
    )
    return [scene.start_s for scene in scenes]


def _candidates(context: PlanContext, config: EscalateConfig, index: int, before: str) -> Iterator[Placed]:
    """One segment's unresolved tracks at their places in the timeline."""

    def rows(stage: str, table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = context.table(stage, index, table).to_pylist()
        return found

    settled = {row["track"] for row in rows("match_brands", "decisions") if row["brand"]}
    if before:
        earlier = context.payload(before, index)
        assert isinstance(earlier, Escalation)
        settled |= settled_tracks(earlier)
    offset_s = float(context.offset_s(context.segments()[index]))
    quality = {row["track"]: row["quality"] for row in rows("preprocess", "crops") if row["crop"] == 0}
    boxes, texts, weighed = (
        rows("detect_objects", "boxes"),
        rows("run_ocr", "texts"),
        rows("match_brands", "candidates"),
    )
    for candidate in candidates(config, boxes, texts, weighed, settled):
        if candidate.track in quality:
            yield Placed(index, candidate.first_s + offset_s, quality[candidate.track], candidate)
