from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from mpr_core.brands.brand_list import MAX_FILE_BYTES, Brand, check_brand_list, load_brand_file
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.errors import BrandListError


def _file(folder: Path, text: str | bytes, name: str = "brands.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


GOOD = """
- Globex
- canonical_name: " Acme "
  aliases: [Acme Corp, ACME Industries]
  exclude: [acme of perfection]
"""


def test_names_and_mappings_are_read_in_order(tmp_path: Path) -> None:
    brands = load_brand_file(_file(tmp_path, GOOD))
    assert brands == (
        Brand(canonical_name="Globex"),
        Brand(canonical_name="Acme", aliases=("Acme Corp", "ACME Industries"), exclude=("acme of perfection",)),
    )


def test_json_a_brands_key_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    document = json.dumps({"brands": ["Globex", {"canonical_name": "Acme"}]})
    for name in ("b.json", "b.yml"):
        brands = load_brand_file(_file(tmp_path, b"\xef\xbb\xbf" + document.encode(), name))
        assert [b.canonical_name for b in brands] == ["Globex", "Acme"]


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    assert load_brand_file(_file(tmp_path, "[]")) == ()


def test_every_problem_is_reported_at_once_with_its_entry(tmp_path: Path) -> None:
    text = """
- Globex
- canonical_name: ""
- canonical_name: GLOBEX
- {canonical_name: Acme, alias: [x]}
- {name: Initech}
- "!!!"
- 42
- {canonical_name: Umbra, aliases: oops, exclude: [3]}
- {canonical_name: Orange, exclude: [Orange]}
- {canonical_name: Hooli, aliases: [glo-bex, no]}
- {canonical_name: Apex, exclude: [apex, APEX, Apex.]}
"""
    with pytest.raises(BrandListError) as caught:
        load_brand_file(_file(tmp_path, text))
    why = caught.value.why
    for piece in (
        "entry 2: canonical_name is empty",
        "entry 3 (GLOBEX): 'GLOBEX' is already 'Globex' of entry 1",
        "entry 4 (Acme): unknown field 'alias'",
        "entry 5: unknown field 'name'",
        "entry 5: canonical_name is missing",
        "entry 6 (!!!): canonical_name '!!!' has no letter or digit",
        "entry 7: is a number, not a name or a mapping; put it in quotes",
        "entry 8 (Umbra): aliases is text, not a list",
        "entry 8 (Umbra): exclude, item 1: is a number; put it in quotes",
        "entry 9 (Orange): exclude 'Orange' is the name itself",
        "entry 10 (Hooli): aliases, item 2: is true/false; put it in quotes",
        "entry 11 (Apex): the excludes cover 'Apex'",
    ):
        assert piece in why, piece
    assert caught.value.exit_code == 2
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("content", "name", "what", "where"),
    [
        ("- a\n- b: [\n", "b.yaml", "not valid YAML", "line 3"),
        ('["a",\n "b"', "b.json", "not valid JSON", "line 2"),
        (b"- caf\xe9\n", "b.yaml", "not UTF-8", "b.yaml"),
        ("brands", "b.yaml", "not a list", "b.yaml"),
        ("", "b.yaml", "not a list", "b.yaml"),
        ("a: 1", "b.yaml", "not a list", "b.yaml"),
        ("- 2020-13-45\n", "b.yaml", "bad value", "b.yaml"),
        ("- !!python/object:os.system x\n", "b.yaml", "not valid YAML", "line 1"),
        ("[" * 20000, "b.yaml", "brand file", "b.yaml"),
        (b" " * (MAX_FILE_BYTES + 1), "b.yaml", "too large", "b.yaml"),
    ],
)
def test_a_file_that_cannot_be_a_list_says_why(
    tmp_path: Path, content: str | bytes, name: str, what: str, where: str
) -> None:
    with pytest.raises(BrandListError) as caught:
        load_brand_file(_file(tmp_path, content, name))
    assert what in caught.value.what
    assert where in caught.value.where


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BrandListError, match="no such brand file"):
        load_brand_file(tmp_path / "none.yaml")
    with pytest.raises(BrandListError, match="cannot be read"):
        load_brand_file(tmp_path)


def test_brands_and_configs_validate_themselves() -> None:
    with pytest.raises(ValidationError, match="no letter or digit"):
        Brand(canonical_name="Acme", aliases=("---",))
    with pytest.raises(ValidationError, match="already"):
        MatchBrandsConfig(brands=(Brand(canonical_name="Acme"), Brand(canonical_name="Álc", aliases=("ÁCME",))))


def test_warnings_name_the_brand_and_the_trouble() -> None:
    brands = [
        Brand(canonical_name="LG"),
        Brand(canonical_name="Газпром", aliases=("Gazprom",)),
        Brand(canonical_name="三菱", aliases=("ソニー",)),
        Brand(canonical_name="Globex"),
        Brand(canonical_name="Globex Bank"),
        Brand(canonical_name="Marlin"),
        Brand(canonical_name="Rnarlin"),
        Brand(canonical_name="Orange"),
        Brand(canonical_name="Visa", exclude=("entry visa", "passport")),
        Brand(canonical_name="888"),
    ]
    warnings = check_brand_list(brands)
    expected = {
        "LG": "whole word",
        "Газпром": "Cyrillic",
        "Globex": "stands inside 'Globex Bank'",
        "Rnarlin": "OCR cannot tell 'Rnarlin' from 'Marlin'",
        "Orange": "everyday word",
        "Visa": "'passport' holds none of its names",
        "888": "is a number",
    }
    for brand, piece in expected.items():
        assert any(w.startswith(brand + ":") and piece in w for w in warnings), (brand, warnings)
    assert len(warnings) == len(expected)


def test_a_plain_list_gives_no_warning() -> None:
    assert check_brand_list([]) == []
    assert check_brand_list([Brand(canonical_name="Globex"), Brand(canonical_name="Initech")]) == []
