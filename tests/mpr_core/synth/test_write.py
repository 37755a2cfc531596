from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mpr_core.errors import FormatMismatch, InputError
from mpr_core.synth.brands import NAMES
from mpr_core.synth.render import Film
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.truth import SynthTruth
from mpr_core.synth.write import synthesize


def small(**more: object) -> SynthSpec:
    return SynthSpec.model_validate({"width": 320, "height": 180, "seconds": 2, **more})


@pytest.mark.parametrize("more", [{"fps": 25}, {"fps": "30000/1001"}, {"vfr": True, "seed": 3}])
def test_decoded_times_are_exactly_the_truths(tmp_path: Path, more: dict[str, object]) -> None:
    out = tmp_path / "film.mp4"
    truth = synthesize(small(**more), out)
    with av.open(str(out)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        decoded = [frame.pts * frame.time_base for frame in container.decode(video)]
        assert abs(audio.duration * audio.time_base - truth.duration_s) < Fraction(1, 10)
    assert decoded == [int(tick) * truth.tick_s for tick in truth.pts_ticks[:-1]]


def test_the_film_shows_what_was_rendered(tmp_path: Path) -> None:
    spec = small(seconds=0.4)
    synthesize(spec, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        for frame, drawn in zip(container.decode(video=0), Film(spec).frames(), strict=True):
            light = cv2.cvtColor(drawn.image, cv2.COLOR_BGR2YUV_I420)[: spec.height].astype(int)
            error = frame.to_ndarray(format="yuv420p")[: spec.height] - light
            assert np.abs(error).mean() < 5
            assert abs(error.mean()) < 1


def test_truth_survives_its_file_and_feeds_a_brand_file(tmp_path: Path) -> None:
    truth = synthesize(small(), tmp_path / "film.mp4")
    truth.save(tmp_path / "truth.json")
    loaded = SynthTruth.load(tmp_path / "truth.json")
    assert loaded.model_dump_json() == truth.model_dump_json()
    assert len(loaded.rows.frame) > 0
    assert np.array_equal(loaded.rows.quad, truth.rows.quad)
    assert [entry["canonical_name"] for entry in loaded.brand_file()] == list(NAMES)
    assert set(loaded.brand_file()[0]) == {"canonical_name", "aliases", "exclude"}


def test_a_drawing_that_fails_leaves_the_former_film_and_no_debris(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    out.write_bytes(b"former")

    def fail(done: int, total: int) -> None:
        raise RuntimeError(f"{done} of {total}")

    with pytest.raises(RuntimeError):
        synthesize(small(), out, progress=fail)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
    assert out.read_bytes() == b"former"


def test_progress_ends_at_the_last_frame(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    synthesize(small(seconds=1.2), tmp_path / "film.mp4", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (30, 30)
    assert told == sorted(told)


def test_other_documents_are_refused_as_truth(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text('{"format": "mpr.truth/9"}', encoding="utf-8")
    with pytest.raises(FormatMismatch, match=r"mpr\.truth/9"):
        SynthTruth.load(path)
    path.write_text("not json", encoding="utf-8")
    with pytest.raises(InputError):
        SynthTruth.load(path)
