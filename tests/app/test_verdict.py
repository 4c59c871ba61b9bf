"""What is said of an error: numbers with their meaning, or that there are none."""

from app.state import verdict
from engine.metrics import Scores


def test_numbers_name_what_they_are_measured_against_and_how():
    scores = {"mask": Scores(21.44, 0.0831, 0.8422), "whole": Scores(24.0, 0.09, 0.91)}
    told = verdict.measured("T2 real · case_t2", scores)
    assert told.words == (
        "Against T2 real · case_t2: PSNR 21.4 dB · NMSE 0.083 · SSIM 0.842 in the brain (whole 24.0 dB · 0.090 · 0.910)"
    )
    assert all(word in told.meaning for word in ("PSNR", "NMSE", "SSIM", "1/1000", "percentiles"))


def test_without_a_truth_there_is_no_number():
    told = verdict.unknown()
    assert told.words == "No ground truth: error unknown"
    assert not any(letter.isdigit() for letter in told.words + told.meaning)
