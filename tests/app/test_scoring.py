"""Numbers in the background, only against a real scan of the result's contrast and person."""

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.scoring import Scoring, score
from app.state.comparing import Comparing
from app.state.study import Entry, Study
from engine.metrics import compare
from engine.modality import Modality
from engine.progress import finish
from tests.app.test_kinship import made_from, scan
from tests.phantoms import phantom


@pytest.fixture
def scoring(qtbot: QtBot):
    """Everything that a verdict needs; closed afterwards."""
    comparing, study, complaints = Comparing(), Study(), []
    room = Scoring(comparing, study, complaints.append)
    room.study, room.comparing, room.complaints = study, comparing, complaints
    yield room
    room.close()
    assert not complaints


@pytest.fixture
def words(qtbot: QtBot, scoring) -> Callable[[str], str]:
    """Wait until the verdict begins so, and give all of it."""

    def wait(beginning: str) -> str:
        def there() -> bool:
            return bool(scoring.comparing.verdict and scoring.comparing.verdict.words.startswith(beginning))

        qtbot.waitUntil(there)
        return scoring.comparing.verdict.words

    return wait


def look_at(study: Study, *entries: Entry) -> None:
    study.entries = entries
    study.selected = entries[-1]


def family() -> tuple[Entry, Entry, Entry]:
    source = Entry.of(scan("a/Brats18_X_1_t1.nii.gz"))
    real = Entry.of(scan("a/Brats18_X_1_t2.nii.gz", phantom(modality=Modality.T2)))
    return source, real, made_from(source)


def test_with_the_real_target_open_it_is_measured(scoring, words):
    source, real, result = family()
    look_at(scoring.study, source, real, result)
    assert words("Measuring against T2 real")
    told = words("Against T2 real")
    expected = compare(result.scan.volume, real.scan.volume)["mask"]
    assert f"PSNR {expected.psnr:.1f} dB" in told and f"SSIM {expected.ssim:.3f}" in told


def test_what_was_measured_once_is_there_at_once(scoring, words):
    source, real, result = family()
    look_at(scoring.study, source, real, result)
    told = words("Against")
    scoring.study.selected = source
    assert scoring.comparing.verdict is None
    scoring.study.selected = result
    assert scoring.comparing.verdict.words == told


def test_without_it_the_error_is_unknown(scoring):
    source, real, result = family()
    look_at(scoring.study, source, result)
    assert scoring.comparing.verdict.words == "No ground truth: error unknown"
    look_at(scoring.study, source, real)
    assert scoring.comparing.verdict is None


def test_somebody_elses_scan_is_no_truth(scoring):
    source, _, result = family()
    stranger = Entry.of(scan("b/Brats18_Y_1_t2.nii.gz"))
    look_at(scoring.study, source, stranger, result)
    assert scoring.comparing.verdict.words == "No ground truth: error unknown"


def test_a_synthetic_scan_is_no_truth(scoring):
    source, _, result = family()
    other = Entry.of(scan("a/Brats18_X_1_desc-synth_T2w.nii.gz", synthetic=True))
    look_at(scoring.study, source, other, result)
    assert scoring.comparing.verdict.words == "No ground truth: error unknown"


def test_a_truth_that_goes_takes_its_numbers_along(scoring, words):
    source, real, result = family()
    look_at(scoring.study, source, real, result)
    scoring.study.entries = (source, result)
    assert scoring.comparing.verdict.words == "No ground truth: error unknown"
    scoring.study.entries = (source, real, result)
    assert words("Against T2 real")


def test_a_scan_called_by_another_contrast_is_no_truth_any_more(scoring, words):
    source, real, result = family()
    look_at(scoring.study, source, real, result)
    words("Against")
    scoring.study.name_modality(real, Modality.FLAIR)
    assert scoring.comparing.verdict.words == "No ground truth: error unknown"


def test_what_cannot_be_measured_is_said(scoring, words):
    source, real, result = family()
    flat = real.scan.volume.with_data(np.where(real.scan.volume.data > 0, 7, 0).astype(np.int16))
    constant = Entry.of(scan("a/Brats18_X_1_t2.nii.gz", flat))
    look_at(scoring.study, source, constant, result)
    assert "constant" in words("The real scan")


def test_the_engine_measures(scoring):
    _, real, result = family()
    scores = finish(score(result.scan.volume, real.scan.volume))
    assert scores == compare(result.scan.volume, real.scan.volume)
