"""Profiles: what ships is valid and means the same as a run config; every mistake is named with its path."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import ConfigError, InputError
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import config_changes, effective_configs, parse_profile
from mpr_core.stages.registry import STAGE_NAMES, STAGES

SHIPPED = ("fast", "generic", "soccer_broadcast")


@pytest.fixture
def library(tmp_path: Path) -> ProfileLibrary:
    return ProfileLibrary(tmp_path / "profiles")


def profile(text: str = "", name: str = "mine") -> str:
    return f"format: mpr.profile/1\nname: {name}\n{text}"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_is_valid_described_and_complete(name: str, library: ProfileLibrary) -> None:
    loaded = library.load(name)
    assert loaded.name == name
    assert len(loaded.description) > 30
    assert list(effective_configs(loaded, None, {})) == list(STAGE_NAMES)


def test_exactly_these_profiles_ship(library: ProfileLibrary) -> None:
    assert library.names() == dict.fromkeys(SHIPPED, "shipped")


def test_what_the_shipped_profiles_promise_holds(library: ProfileLibrary) -> None:
    configs: Any = {name: effective_configs(library.load(name), None, {}) for name in SHIPPED}
    assert configs["generic"]["extract_frames"].fps == configs["soccer_broadcast"]["extract_frames"].fps == 2
    assert configs["fast"]["extract_frames"].fps == 1
    assert configs["soccer_broadcast"]["field_segmentation"].enabled
    assert configs["soccer_broadcast"]["detect_edges"].enabled
    assert configs["soccer_broadcast"]["detect_objects"].hints == "prioritise"
    assert not configs["generic"]["field_segmentation"].enabled


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("form", ["python", "yaml", "json"])
def test_a_run_config_means_what_the_profile_means(name: str, form: str, library: ProfileLibrary) -> None:
    loaded = library.load(name)
    config = loaded.run_config()
    if form == "yaml":
        config = yaml.safe_load(yaml.safe_dump(config))
    elif form == "json":
        config = json.loads(json.dumps(config))
    overrides = {stage: entry["config"] for stage, entry in config["ops"].items()}
    assert set(overrides) == set(STAGE_NAMES)
    brands = [Brand(canonical_name="Vantelo", aliases=("Vant",))]
    assert effective_configs(loaded, brands, overrides) == effective_configs(loaded, brands, {})
    for stage in STAGE_NAMES:
        missing = set(STAGES[stage].config.model_fields) - set(overrides[stage])
        assert missing == ({"brands"} if stage == "match_brands" else set())


def test_a_run_config_keeps_exact_fractions_and_leaves_the_brand_list_to_timeline_and_profile() -> None:
    text = profile("configs: {extract_frames: {fps: 30000/1001}}\nbrands: [{canonical_name: Vantelo, aliases: [V]}]\n")
    config = parse_profile(text, "p").run_config()["ops"]
    assert config["extract_frames"]["config"]["fps"] == "30000/1001"
    assert config["extract_frames"]["config"]["segment_s"] == 15
    assert "brands" not in config["match_brands"]["config"]


def test_overrides_beat_the_profile_and_the_profile_beats_the_defaults() -> None:
    loaded = parse_profile(profile("configs: {match_brands: {min_score: 70}, run_ocr: {min_score: 0.6}}"), "p")
    configs: Any = effective_configs(loaded, None, {"match_brands": {"min_score": 90}})
    assert (configs["match_brands"].min_score, configs["run_ocr"].min_score) == (90, 0.6)
    assert configs["compile_report"] == STAGES["compile_report"].config()


def test_a_timelines_brands_stand_in_for_the_profiles_own() -> None:
    loaded = parse_profile(profile("brands: [{canonical_name: Oltessa}]"), "p")
    own: Any = effective_configs(loaded, None, {})["match_brands"]
    given: Any = effective_configs(loaded, [Brand(canonical_name="Vantelo")], {})["match_brands"]
    assert [brand.canonical_name for brand in own.brands] == ["Oltessa"]
    assert [brand.canonical_name for brand in given.brands] == ["Vantelo"]
    none: Any = effective_configs(loaded, [], {})["match_brands"]
    assert none.brands == ()


def test_changes_against_the_profile_are_named_as_json_values() -> None:
    loaded = parse_profile(profile(), "p")
    base = effective_configs(loaded, None, {})["extract_frames"]
    changed = effective_configs(loaded, None, {"extract_frames": {"fps": "5/2", "jpeg_quality": 90}})["extract_frames"]
    assert config_changes(changed, base) == {"fps": "5/2"}
    assert config_changes(base, base) == {}


@pytest.mark.parametrize("value", [2, "2", 2.0, Fraction(2), "2/1"])
def test_a_rate_may_be_written_in_any_way_and_is_the_same_config(value: object) -> None:
    loaded = parse_profile(profile(), "p")
    found = effective_configs(loaded, None, {"extract_frames": {"fps": value}})["extract_frames"]
    assert found == STAGES["extract_frames"].config()
    assert found.model_dump(mode="json")["fps"] == "2/1"


WRONG = {
    "unknown stage": ("configs: {extract_frame: {fps: 2}}", ["extract_frame", "did you mean extract_frames?"]),
    "unknown field": ("configs: {run_ocr: {min_scor: 0.5}}", ["run_ocr.min_scor: no such field", "min_score?"]),
    "out of range": ("configs: {match_brands: {min_score: 101}}", ["match_brands.min_score", "100", "given: 101"]),
    "below range": ("configs: {extract_frames: {fps: 0}}", ["extract_frames.fps", "greater than 0", "given: 0"]),
    "wrong type": ("configs: {preprocess: {crops_per_track: many}}", ["preprocess.crops_per_track", "'many'"]),
    "not a fraction": ("configs: {extract_frames: {fps: fast}}", ["extract_frames.fps", "'fast'"]),
    "a zero denominator": ("configs: {extract_frames: {fps: 1/0}}", ["extract_frames.fps", "'1/0'"]),
    "a boolean rate": ("configs: {extract_frames: {fps: true}}", ["extract_frames.fps", "given: True"]),
    "unknown choice": ("configs: {detect_objects: {hints: always}}", ["detect_objects.hints", "'ignore'"]),
    "thresholds swapped": ("configs: {detect_edges: {canny_low: 200, canny_high: 100}}", ["detect_edges", "below"]),
    "unskippable": ("pipeline: {stages: {run_ocr: false}}", ["run_ocr: every report needs them"]),
    "unknown switch": ("pipeline: {stages: {filter_scene: false}}", ["did you mean filter_scenes?"]),
    "no switch": ("pipeline: {stages: {filter_scenes: sometimes}}", ["pipeline.stages.filter_scenes"]),
    "unknown key": ("stages: {}", ["stages"]),
    "brand clash": (
        "brands: [{canonical_name: Vantelo}, {canonical_name: Brixomar, aliases: [vantelo]}]",
        ["match_brands", "Vantelo"],
    ),
    "brand without name": ("brands: [{aliases: [x]}]", ["brands.0.canonical_name"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_in_a_profile_is_named_with_its_path(case: str) -> None:
    text, said = WRONG[case]
    with pytest.raises(ConfigError) as refusal:
        parse_profile(profile(text), "profile mine")
    message = str(refusal.value)
    assert all(part in message for part in said), message
    assert "profile mine" in message
    assert refusal.value.remedy
    assert refusal.value.exit_code == 2


def test_all_mistakes_are_said_at_once() -> None:
    text = profile("configs: {run_ocr: {min_scor: 1, turn_below_score: 2}, match_brands: {min_score: -1}}")
    with pytest.raises(ConfigError) as refusal:
        parse_profile(text, "p")
    assert all(
        f in refusal.value.why for f in ("run_ocr.min_scor", "run_ocr.turn_below_score", "match_brands.min_score")
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: [1", "not YAML"),
        ("- 1\n- 2", "not a profile"),
        ("", "not a profile"),
        ("name: x\nformat: mpr.profile/2", "not valid"),
        ("format: mpr.profile/1", "not valid"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_what_is_no_profile_is_refused(text: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        parse_profile(text, "p")


@pytest.mark.parametrize(
    ("stage", "said"), [("run_ocrs", "did you mean run_ocr?"), ("zzz", "the stages are extract_frames")]
)
def test_an_override_for_an_unknown_stage_names_the_nearest(stage: str, said: str) -> None:
    with pytest.raises(ConfigError, match="no such stage") as refusal:
        effective_configs(parse_profile(profile(), "p"), None, {stage: {}})
    assert said in refusal.value.why


def test_a_users_profile_wins_over_the_shipped_one_of_its_name(library: ProfileLibrary) -> None:
    library.user_folder.mkdir()
    (library.user_folder / "generic.yaml").write_text(profile("configs: {extract_frames: {fps: 5}}", "generic"))
    found: Any = effective_configs(library.load("generic"), None, {})["extract_frames"]
    assert found.fps == 5
    assert library.names()["generic"] == str(library.user_folder / "generic.yaml")
    assert library.names()["fast"] == "shipped"


def test_a_copy_is_a_valid_profile_of_its_new_name_and_keeps_the_comments(library: ProfileLibrary) -> None:
    path = library.copy("soccer_broadcast", "my-match")
    assert path == library.user_folder / "my-match.yaml"
    assert library.load("my-match").configs == library.load("soccer_broadcast").configs
    assert path.read_text().startswith("# Football")


def test_a_copy_overwrites_nothing(library: ProfileLibrary) -> None:
    path = library.copy("generic", "mine")
    path.write_text(profile("description: edited"))
    with pytest.raises(InputError, match="the profile exists") as refusal:
        library.copy("fast", "mine")
    assert str(path) in refusal.value.where
    assert library.load("mine").description == "edited"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".x", "x.yaml"])
def test_a_copy_needs_a_plain_name(name: str, library: ProfileLibrary, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a profile name"):
        library.copy("generic", name)
    assert not library.user_folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_profile_names_the_nearest_and_how_to_make_one(library: ProfileLibrary) -> None:
    with pytest.raises(ConfigError, match="no such profile: generik") as refusal:
        library.load("generik")
    assert refusal.value.why == "did you mean generic?"
    assert "mpr profiles copy generic generik" in refusal.value.remedy
    with pytest.raises(ConfigError, match="profiles here: fast, generic, soccer_broadcast"):
        library.load("zzz")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "shipped/generic"])
def test_a_name_that_is_a_path_is_no_profile(name: str, library: ProfileLibrary) -> None:
    with pytest.raises(ConfigError, match="no such profile"):
        library.load(name)


def test_a_users_file_that_is_wrong_is_refused_by_name(library: ProfileLibrary) -> None:
    library.user_folder.mkdir()
    (library.user_folder / "mine.yaml").write_text(profile("", "other"))
    with pytest.raises(ConfigError, match="another name than its file") as refusal:
        library.load("mine")
    assert refusal.value.remedy == "set name: mine"
    (library.user_folder / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match="not text"):
        library.load("binary")
    (library.user_folder / "huge.yaml").write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(ConfigError, match="too large"):
        library.load("huge")


def test_every_knob_has_a_description_and_its_default_is_valid() -> None:
    for stage in STAGES.values():
        assert stage.config() == stage.config.model_validate(stage.config().model_dump(mode="json"))
        for name, field in stage.config.model_fields.items():
            assert field.description, f"{stage.name}.{name}"
