"""The brand list: what a brand file may hold, and every mistake in one, said at once.

Belongs here: the `Brand` record, the file's format, contradictions between entries. Not here: folding (`normalise`),
advice about names that work badly (`brand_advice`), matching (`match`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import Field, field_validator

from mpr_core.brands.brand_advice import brand_advice
from mpr_core.brands.normalise import case_pattern, fold_key
from mpr_core.errors import BrandListError
from mpr_core.record import Record

MAX_FILE_BYTES = 2_000_000
MAX_BRANDS = 20_000
MAX_NAME_CHARS = 120
_FIELDS = ("canonical_name", "aliases", "exclude")
_REMEDY = "correct these; the file is a list of names, or of {canonical_name, aliases: [...], exclude: [...]}"


class Brand(Record):
    """One brand: the name it is reported under, other names for it, phrases in which a name means something else."""

    canonical_name: str = Field(min_length=1, max_length=MAX_NAME_CHARS, description="The name in every report.")
    aliases: tuple[str, ...] = Field(default=(), description="Other names that stand for the brand on screen.")
    exclude: tuple[str, ...] = Field(
        default=(), description="Phrases that veto a match they cover, as 'orange juice'. Equal to a name: by case."
    )

    @field_validator("canonical_name", "aliases", "exclude")
    @classmethod
    def _has_letters(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in (value,) if isinstance(value, str) else value:
            problem = _text_problem(text)
            if problem:
                raise ValueError(problem)
        return value.strip() if isinstance(value, str) else tuple(text.strip() for text in value)

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical name, then the aliases."""
        return (self.canonical_name, *self.aliases)


def load_brand_file(path: Path) -> tuple[Brand, ...]:
    """Brands of a YAML or JSON file.

    Args:
        path: `.json` is read as JSON, anything else as YAML. Holds a list, or a mapping with the one key `brands`; an
            entry is a name or a mapping of `canonical_name`, `aliases`, `exclude`.
    Returns:
        The brands in the file's order; empty for an empty list.
    Raises:
        BrandListError: the file cannot be read, or entries are wrong; all of them are listed, by number and name.
    """
    document = _parse(path, _read(path))
    if isinstance(document, Mapping) and set(document) == {"brands"}:
        document = document["brands"]
    if not isinstance(document, list):
        found = "nothing" if document is None else _kind(document)
        raise BrandListError("the brand file is not a list", where=str(path), why=f"it holds {found}", remedy=_REMEDY)
    if len(document) > MAX_BRANDS:
        why = f"{len(document)} entries; at most {MAX_BRANDS} are read"
        raise BrandListError("the brand file is too long", where=str(path), why=why, remedy="split the list")
    problems: list[str] = []
    brands: list[Brand] = []
    numbers: list[int] = []
    for number, entry in enumerate(document, start=1):
        fields, wrong = _entry(entry)
        label = f"entry {number}" + (f" ({_short(fields['canonical_name'])})" if fields.get("canonical_name") else "")
        problems += [f"{label}: {text}" for text in wrong]
        if not wrong:
            brands.append(Brand.model_validate(fields))
            numbers.append(number)
    problems += brand_conflicts(brands, numbers)
    if problems:
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        raise BrandListError(
            f"the brand file has {count}", where=str(path), why="\n       ".join(problems), remedy=_REMEDY
        )
    return tuple(brands)


def brand_conflicts(brands: Sequence[Brand], numbers: Sequence[int] | None = None) -> list[str]:
    """What entries contradict, one sentence each: names used twice, excludes that leave a brand without a match.

    Args:
        brands: the list.
        numbers: the entry number of each brand; counted from 1 when not given.
    """
    numbers = numbers or range(1, len(brands) + 1)
    problems: list[str] = []
    owners: dict[str, tuple[int, Brand, str]] = {}
    for number, brand in zip(numbers, brands, strict=True):
        label = f"entry {number} ({_short(brand.canonical_name)})"
        for name in brand.names:
            first = owners.setdefault(fold_key(name), (number, brand, name))
            if first[0] != number:
                problems.append(
                    f"{label}: '{_short(name)}' is already '{_short(first[2])}' of entry {first[0]} "
                    f"({_short(first[1].canonical_name)}); case, accents and spacing tell no names apart"
                )
        problems += [f"{label}: {text}" for text in _unmatchable(brand)]
    return problems


def check_brand_list(brands: Sequence[Brand]) -> list[str]:
    """Warnings about names that are legal and will match badly; empty when there is nothing to say.

    Short names, alphabets the default recogniser cannot read, names inside other names, names that OCR takes for each
    other, everyday words without an exclude, excludes that can never veto anything.
    """
    return brand_advice([(brand.canonical_name, brand.names, brand.exclude) for brand in brands])


def _unmatchable(brand: Brand) -> Iterable[str]:
    for name in brand.names:
        same = [phrase for phrase in brand.exclude if fold_key(phrase) == fold_key(name)]
        if name in same:
            yield f"exclude '{_short(name)}' is the name itself, so it could never match; remove it or change its case"
        elif {"lower", "upper", "title"} <= {case_pattern(phrase) for phrase in same}:
            yield f"the excludes cover '{_short(name)}' in lower, upper and title case, so it could never match"


def _read(path: Path) -> str:
    remedy = "give the path of a YAML or JSON file in UTF-8"
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            why = f"{size} bytes; at most {MAX_FILE_BYTES} are read"
            raise BrandListError("the brand file is too large", where=str(path), why=why, remedy=remedy)
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise BrandListError("no such brand file", where=str(path), remedy=remedy) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise BrandListError("the brand file cannot be read", where=str(path), why=why, remedy=remedy) from error
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not valid UTF-8"
        raise BrandListError("the brand file is not UTF-8 text", where=str(path), why=why, remedy=remedy) from error


def _parse(path: Path, text: str) -> object:
    remedy = "correct the syntax there; names with ':' '#' or a leading '-' '*' '&' '@' need quotes"
    try:
        return json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise BrandListError("the brand file is not valid JSON", where=where, why=error.msg, remedy=remedy) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        why = str(getattr(error, "problem", None) or error)
        raise BrandListError("the brand file is not valid YAML", where=where, why=why, remedy=remedy) from error
    except RecursionError as error:
        why = "it is nested too deeply"
        raise BrandListError("the brand file cannot be parsed", where=str(path), why=why, remedy=remedy) from error
    except ValueError as error:  # a YAML scalar that looks like a date or number and is none
        raise BrandListError(
            "the brand file holds a bad value", where=str(path), why=str(error), remedy=remedy
        ) from error


def _entry(entry: object) -> tuple[dict[str, object], list[str]]:
    """The entry as fields of `Brand`, and what is wrong with it."""
    if isinstance(entry, str):
        entry = {"canonical_name": entry}
    if not isinstance(entry, Mapping):
        return {}, [f"is {_kind(entry)}, not a name or a mapping{_quote_hint(entry)}"]
    wrong = [f"unknown field '{_short(field)}'; known: {', '.join(_FIELDS)}" for field in entry if field not in _FIELDS]
    fields: dict[str, object] = {}
    name = entry.get("canonical_name")
    if isinstance(name, str):
        fields["canonical_name"] = name
        wrong += [f"canonical_name {problem}" for problem in [_text_problem(name)] if problem]
    else:
        missing = "is missing" if name is None else f"is {_kind(name)}, not text{_quote_hint(name)}"
        wrong.append(f"canonical_name {missing}")
    for field in ("aliases", "exclude"):
        texts = entry.get(field)
        texts = () if texts is None else texts
        if isinstance(texts, str) or not isinstance(texts, Sequence):
            wrong.append(f"{field} is {_kind(texts)}, not a list")
            continue
        fields[field] = tuple(texts)
        for position, text in enumerate(texts, start=1):
            problem = _text_problem(text) if isinstance(text, str) else f"is {_kind(text)}{_quote_hint(text)}"
            if problem:
                wrong.append(f"{field}, item {position}: {problem}")
    return fields, wrong


def _text_problem(text: str) -> str:
    if not text.strip():
        return "is empty"
    if len(text) > MAX_NAME_CHARS:
        return f"is {len(text)} characters long; at most {MAX_NAME_CHARS}"
    return "" if fold_key(text) else f"'{_short(text)}' has no letter or digit"


def _kind(value: object) -> str:
    names = {bool: "true/false", int: "a number", float: "a number", str: "text", dict: "a mapping", list: "a list"}
    return "empty" if value is None else names.get(type(value), type(value).__name__)


def _quote_hint(value: object) -> str:
    return "; put it in quotes" if isinstance(value, bool | int | float) else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else _kind(value)
    return text if len(text) <= 40 else text[:37] + "..."
