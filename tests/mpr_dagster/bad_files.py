"""The files that the commands of `bad_input` name."""

from __future__ import annotations

from pathlib import Path

from tests.mpr_core.media.media_factory import make_clip, make_sound

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"


def bad_files(folder: Path, media: Path) -> Path:
    """All of them, and a good film and brand list, in a new folder."""
    folder.mkdir()
    for name in ("film.mp4", "other.mp4", "brands.json"):
        (folder / name).write_bytes((media / name).read_bytes())
    (folder / "empty.mp4").touch()
    (folder / "folder").mkdir()
    (folder / "notes.mp4").write_text("notes of a meeting\n" * 30)
    (folder / "playlist.mp4").write_bytes(PLAYLIST)
    (folder / "picture.mp4").write_bytes(PNG)
    make_sound(folder / "sound.mp4")
    make_clip(folder / "two-streams.mp4", frames=10, audio_codec="aac")
    film = (folder / "film.mp4").read_bytes()
    make_clip(folder / "old.avi", "mpeg4", frames=10)
    (folder / "headless.mp4").write_bytes(film[: len(film) // 3])
    whole = make_clip(folder / "whole.mkv", frames=60).read_bytes()
    (folder / "truncated.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    make_clip(folder / "locked.mp4").chmod(0)
    _profiles(folder)
    _brand_lists(folder)
    _instances(folder)
    return folder


def _profiles(folder: Path) -> None:
    head = "format: mpr.profile/1\nname: mine\n"
    texts = {
        "not-yaml.yaml": "name: [unclosed",
        "no-mapping.yaml": "- generic\n",
        "no-name.yaml": "format: mpr.profile/1\n",
        "other-format.yaml": "format: mpr.profile/9\nname: mine\n",
        "unknown-key.yaml": head + "colour: red\n",
        "unknown-stage.yaml": head + "configs: {extract_framse: {fps: 2}}\n",
        "unknown-field.yaml": head + "configs: {extract_frames: {fsp: 2}}\n",
        "out-of-range.yaml": head + "configs: {extract_frames: {fps: 0}, match_brands: {min_score: 101}}\n",
        "wrong-type.yaml": head + "configs: {run_ocr: {min_score: high}}\n",
        "needed-stage-off.yaml": head + "pipeline: {stages: {run_ocr: false}}\n",
        "bad-brands.yaml": head + "brands: [{canonical_name: ''}]\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "not-text.yaml").write_bytes(b"\xff\xfe\x00\x01")


def _brand_lists(folder: Path) -> None:
    texts = {
        "list-not-yaml.yaml": "- {canonical_name: 'Vantelo\n",
        "list-mapping.yaml": "canonical_name: Vantelo\n",
        "list-unknown-field.yaml": "- {canonical_name: Vantelo, alias: [V]}\n",
        "list-no-name.yaml": "- {aliases: [V]}\n",
        "list-number.yaml": "- 501\n",
        "list-twice.yaml": "- Vantelo\n- {canonical_name: Oltessa, aliases: [VANTELO]}\n",
        "list-not-json.json": "[{]",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)


def _instances(folder: Path) -> None:
    texts = {
        "unset-instance": "storage: {postgres: {postgres_url: {env: NO_SUCH_VARIABLE}}}\n",
        "bad-instance": "run_montoring: {enabled: true}\n",
    }
    for name, text in texts.items():
        (folder / name).mkdir()
        (folder / name / "dagster.yaml").write_text(text)
