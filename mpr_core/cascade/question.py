"""One question: the closed list of brands, the text around it, the form of the answer, and its name in the answer cache."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.normalise import fold_key
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.provider import Ask
from mpr_core.exact import canonical_digest

OTHER, NONE = "other", "none"
MAX_NAME_CHARS = 120
_MAX_TEXT_CHARS = 120


def ask_about(text: str, brands: Sequence[Brand], pictures: Sequence[bytes], config: EscalateConfig) -> Ask:
    """The question about one track.

    Args:
        text: what was read on it; it comes from a picture, so it goes in quoted and cut short.
        pictures: JPEG bytes of its crop, and of what is around it.
    """
    names = listed_names(text, brands, config.names_in_question)
    filled = {
        "{text}": _quoted(text) if text else "nothing",
        "{brands}": ", ".join(_quoted(n) for n in names) or "none",
    }
    return Ask(
        instructions=config.instructions,
        prompt=_filled(config.prompt, filled),
        pictures=tuple(pictures),
        schema=answer_schema(names),
        max_output_tokens=config.max_output_tokens,
        subject=_filled(config.prompt, filled | {"{brands}": ""}),
    )


def listed_names(text: str, brands: Sequence[Brand], most: int) -> list[str]:
    """The names a question offers: all, or of a longer list those with a name nearest in spelling to the text, in the list's order."""
    offered = [
        b for b in brands if b.canonical_name not in (OTHER, NONE)
    ]  # these words say something else in an answer
    if len(offered) <= most:
        return [b.canonical_name for b in offered]
    key = fold_key(text)
    nearness = {
        b.canonical_name: max(fuzz.ratio(key, fold_key(name)) for name in b.names) if key else 0.0 for b in offered
    }
    near = sorted(offered, key=lambda b: -nearness[b.canonical_name])[:most]
    kept = {b.canonical_name for b in near}
    return [b.canonical_name for b in offered if b.canonical_name in kept]


def answer_schema(names: Sequence[str]) -> Mapping[str, Any]:
    """JSON schema of an answer. Limits that not every provider takes in a schema are checked by `answers`."""
    return {
        "type": "object",
        "properties": {
            "answer": {"type": "string", "enum": [*names, OTHER, NONE]},
            "name": {"type": "string", "description": "the brand's name when the answer is 'other', else empty"},
            "confidence": {"type": "number", "description": "0 to 1"},
            "evidence": {"type": "string", "description": "the letters or the mark that are seen, in a few words"},
        },
        "required": ["answer", "name", "confidence", "evidence"],
        "additionalProperties": False,
    }


def request_digest(ask: Ask, provider: str, model: str) -> str:
    """The name of a question to a model: the same pictures and words to the same model are the same question.

    The names on offer are no part of it: an answer says which brand is seen, and is held against the list of the day. Else a name that is
    accepted would have every other track asked, and paid for, again.
    """
    pictures = [hashlib.sha256(picture).hexdigest() for picture in ask.pictures]
    words = [ask.instructions, ask.subject or ask.prompt, sorted(ask.schema["properties"]), ask.max_output_tokens]
    return canonical_digest(["question/1", provider, model, pictures, words])


def _quoted(text: str) -> str:
    return json.dumps(text[:_MAX_TEXT_CHARS], ensure_ascii=False)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with every placeholder filled in; what was filled in is not looked at again."""
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found.group()], template)
