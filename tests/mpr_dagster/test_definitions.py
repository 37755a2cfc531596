"""What Dagster loads: assets in order, a job for every profile that is whole, and config that says what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.snap import JobSnap
from dagster._core.snap.snap_to_yaml import default_values_yaml_from_type_snap

from mpr_core.profiles.library import ProfileLibrary
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_dagster.assets import ASSETS
from mpr_dagster.definitions import definitions
from mpr_dagster.jobs import profile_jobs, profiles_by_job, replay_jobs
from mpr_dagster.knobs import allowed, default_of
from mpr_dagster.node_io import NodeIOManager
from mpr_dagster.stage_schema import config_schema

GENERIC = "format: mpr.profile/1\nname: {name}\n"


@pytest.fixture
def library(tmp_path: Path) -> ProfileLibrary:
    """The shipped profiles, and a folder for others."""
    (tmp_path / "profiles").mkdir()
    return ProfileLibrary(tmp_path / "profiles")


def job_names(library: ProfileLibrary) -> list[str]:
    return sorted(
        job.name for job in definitions(profile_jobs(library)).resolve_all_job_defs() if "__ASSET" not in job.name
    )


def test_the_assets_are_the_eleven_stages_with_their_edges() -> None:
    specs = {spec.key.path[-1]: spec for asset in ASSETS for spec in asset.specs}
    assert tuple(specs) == STAGE_NAMES
    for name, stage in STAGES.items():
        assert {dep.asset_key.path[-1] for dep in specs[name].deps} == set(stage.needs)
        assert specs[name].description is not None
        assert specs[name].description.startswith(stage.summary)
        assert specs[name].code_version == stage.version
        assert isinstance(specs[name].partitions_def, dg.DynamicPartitionsDefinition)
    groups = [specs[name].group_name for name in STAGE_NAMES]
    assert groups == sorted(groups), "the user interface lists groups by name: the order of the stages"


def test_nothing_that_pickles_is_at_hand(library: ProfileLibrary) -> None:
    resources = definitions([]).resources or {}
    assert set(resources) == {"io_manager"}
    made = resources["io_manager"].resource_fn(dg.build_init_resource_context())
    assert isinstance(made, NodeIOManager)


def test_every_shipped_profile_has_a_job_whose_run_config_is_valid(library: ProfileLibrary) -> None:
    assert job_names(library) == ["detect__fast", "detect__generic", "detect__soccer_broadcast"]
    for name in library.names():
        written = yaml.safe_load(yaml.safe_dump(library.load(name).run_config(), allow_unicode=True))
        job = definitions(profile_jobs(library)).resolve_job_def(f"detect__{name}")
        assert dg.validate_run_config(job, written)["ops"]["run_ocr"]["config"]["min_score"] == 0.5
        assert isinstance(written["ops"]["extract_frames"]["config"]["fps"], int)


def test_every_stage_but_the_first_has_a_job_that_computes_it_and_what_follows() -> None:
    found = definitions(replay_jobs())
    names = {job.name for job in found.resolve_all_job_defs() if "__ASSET" not in job.name}
    assert names == {f"replay__{stage}" for stage in STAGE_NAMES[1:]}
    for stage in STAGE_NAMES[1:]:
        selected = found.resolve_job_def(f"replay__{stage}").asset_layer.selected_asset_keys
        after = {stage}
        for name in STAGE_NAMES:
            after |= {name} if after & set(STAGES[name].needs) else set()
        assert {key.path[-1] for key in selected} == after


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("broken.yaml", "name: [unclosed"),
        ("unknown.yaml", GENERIC.format(name="unknown") + "configs: {extract_framse: {fps: 2}}\n"),
        ("mislabelled.yaml", GENERIC.format(name="other")),
        ("not_text.yaml", b"\xff\xfe\x00"),
    ],
)
def test_a_profile_without_a_job_stops_no_other(library: ProfileLibrary, file: str, text: str | bytes) -> None:
    path = library.user_folder / file
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert job_names(library) == ["detect__fast", "detect__generic", "detect__soccer_broadcast"]


def test_of_two_profiles_with_one_job_name_the_plain_one_has_the_job(library: ProfileLibrary) -> None:
    (library.user_folder / "soccer-broadcast.yaml").write_text(GENERIC.format(name="soccer-broadcast"))
    assert job_names(library) == ["detect__fast", "detect__generic", "detect__soccer_broadcast"]
    assert profiles_by_job(library)["detect__soccer_broadcast"] == "soccer_broadcast"


def test_a_profile_with_any_file_name_gets_a_job(library: ProfileLibrary) -> None:
    (library.user_folder / "Cup final 2026-05.yaml").write_text(GENERIC.format(name="Cup final 2026-05"))
    assert "detect__Cup_final_2026_05" in job_names(library)


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_the_launchpad_offers_every_knob_with_its_range_and_default(stage: str) -> None:
    fields = STAGES[stage].config.model_fields
    offered = config_schema(STAGES[stage].config)
    assert set(offered) == set(fields)
    for name, field in offered.items():
        assert not field.is_required
        assert field.description is not None
        assert str(fields[name].description) in field.description
        assert f"default {default_of(fields[name])}" in field.description
        assert allowed(fields[name]) in field.description


def test_the_launchpad_opens_on_the_stages_name_with_room_for_knobs() -> None:
    """Of optional fields alone Dagster scaffolds `ops: {}`, which tells nobody what may be written there."""
    for stage, asset in zip(STAGES.values(), ASSETS, strict=True):
        config = asset.op.config_schema.as_field()
        assert config.default_value == {}
        assert config.description is not None
        assert "left out is as the timeline's profile says" in config.description
        job = definitions([]).resolve_implicit_global_asset_job_def().get_subset(asset_selection={asset.key})
        snap = JobSnap.from_job_def(job)
        root = snap.config_schema_snapshot.get_config_snap(snap.mode_def_snaps[0].root_config_key)
        scaffold = yaml.safe_load(default_values_yaml_from_type_snap(snap.config_schema_snapshot, root))
        assert scaffold["ops"] == {stage.name: {"config": {}}}


@pytest.mark.parametrize(
    ("stage", "field", "limits", "default"),
    [
        ("extract_frames", "fps", "above 0, up to 60", "2"),
        ("extract_frames", "jpeg_quality", "30 to 100", "90"),
        ("detect_objects", "hints", "ignore, prioritise, narrow", "ignore"),
        ("detect_objects", "pixel_score", "between 0 and 1", "0.3"),
        ("detect_objects", "min_height_px", "from 0", "6"),
        ("detect_objects", "yolo_weights", "", "''"),
        ("match_brands", "enabled", "true, false", "true"),
        ("match_brands", "brands", "", "[]"),
        ("field_segmentation", "hue_ranges", "", "[{low: 28, high: 92}]"),
    ],
)
def test_ranges_and_defaults_read_as_they_are_written_in_a_profile(
    stage: str, field: str, limits: str, default: str
) -> None:
    info = STAGES[stage].config.model_fields[field]
    assert (allowed(info), default_of(info)) == (limits, default)


def test_the_files_dagster_is_started_with_name_this_package_and_send_nothing(empty: Any) -> None:
    from mpr_dagster.home import Home, shipped_file
    from mpr_dagster.instance import open_instance

    workspace = yaml.safe_load(shipped_file("workspace.yaml").read_text(encoding="utf-8"))
    assert workspace["load_from"][0]["python_module"]["module_name"] == "mpr_dagster.definitions"
    with empty.inside(), open_instance(Home()) as instance:
        assert instance.get_settings("telemetry") == {"enabled": False}
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
