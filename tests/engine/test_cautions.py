"""What is said of a scan before and after the run: each caution where it belongs, and none of a sound scan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cautions import before, of_brain
from engine.files import Scan, read
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom, write_phantom

SOUND: dict[str, Any] = {"shape": (60, 72, 60), "spacing": (3.0, 3.0, 3.0)}


def scan_of(volume: Volume, **told: Any) -> Scan:
    scan = Scan(volume, Path("case_t1.nii.gz"), "NIfTI-1", Modality.T1, False, (), None, recognised=Modality.T1)
    return replace(scan, **told)


def said(volume: Volume, source: Modality | None = Modality.T1, **told: Any) -> str:
    return "\n".join(before(scan_of(volume, **told), source))


def ball(shape: tuple[int, int, int], spacing: tuple[float, float, float], filled: float = 0.8) -> Volume:
    """A brain without parts, on however fine a grid, in the middle of the image."""
    x, y, z = np.ogrid[tuple(slice(-1, 1, complex(0, side)) for side in shape)]
    return Volume((x**2 + y**2 + z**2 < filled**2).astype(np.uint8), np.diag([*spacing, 1.0]))


def slab(volume: Volume, axis: int, kept: slice) -> Volume:
    """A part of the grid along one axis, at its place."""
    where = [slice(None)] * 3
    where[axis] = kept
    start = np.eye(4)
    start[axis, 3] = kept.start or 0
    return Volume(volume.data[tuple(where)], volume.affine @ start)


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR"])
@pytest.mark.parametrize("skull", [False, True])
def test_nothing_is_said_of_a_sound_scan(orientation: str, skull: bool):
    assert before(scan_of(phantom(**SOUND, orientation=orientation, skull=skull)), Modality.T1) == ()


def test_nothing_is_said_of_the_sample(sample: Path):
    scan = read(sample)
    assert before(scan, scan.modality) == ()


def test_a_synthetic_source_is_named():
    told = said(phantom(**SOUND), synthetic=True)
    assert told == "case_t1.nii.gz is synthetic itself: the result is a guess from a guess."


@pytest.mark.parametrize(
    ("spacing", "coarse"),
    [((1, 1, 4), ""), ((1, 1, 4.5), "finer than 4.5 mm"), ((0.4, 0.4, 3), "(0.4 x 0.4 x 3 mm)"), ((0.5, 0.5, 3), "")],
)
def test_coarse_voxels_are_said_with_their_size(spacing: tuple[float, float, float], coarse: str):
    i, j, k = (round(180 / side) for side in spacing)
    told = said(ball((i, j, k), spacing))
    assert ("coarse" in told, coarse in told) == (bool(coarse), True)


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR"])
def test_a_small_field_of_view_is_said_along_the_patient(orientation: str):
    head = phantom(**SOUND, orientation=orientation, skull=True)
    axis = orientation.replace("I", "S").index("S")
    assert said(head) == ""
    told = said(slab(head, axis, slice(15, 45)))
    assert told == "The image spans 90 mm from bottom to top, less than a brain: a part of it is missing."


@pytest.mark.parametrize(
    ("orientation", "kept", "side"),
    [
        ("RAS", slice(0, 40), "top"),
        ("RAS", slice(20, None), "bottom"),
        ("RAI", slice(0, 40), "bottom"),
        ("RAI", slice(20, None), "top"),
    ],
)
def test_a_brain_that_is_cut_says_where(orientation: str, kept: slice, side: str):
    told = said(slab(phantom(**SOUND, orientation=orientation), 2, kept))
    assert told == f"The brain reaches the edge of the image ({side}): a part of it is missing."


@pytest.mark.parametrize(("kept", "side"), [(slice(0, 45), "right"), (slice(15, None), "left")])
def test_left_and_right_are_the_patients(kept: slice, side: str):
    assert f"({side})" in said(slab(phantom(**SOUND, orientation="RAS"), 0, kept))


def test_where_orientation_is_unknown_no_side_is_named():
    cut = slab(phantom(**SOUND), 2, slice(0, 40))
    assert "edge of the image (one side)" in said(replace(cut, oriented=False))


def test_a_brain_that_just_touches_the_edge_is_whole():
    head = phantom(**SOUND)
    top = int(np.flatnonzero(head.data.any(axis=(0, 1)))[-1])
    assert of_brain(slab(head, 2, slice(0, top + 1))) == ()


@pytest.mark.parametrize(
    ("filled", "words"),
    [(0.6, "The brain measures 658 ml, an adult's 900 to 2,000"), (0.7, ""), (0.4, "No brain is seen: ")],
)
def test_an_implausible_size_is_said_with_the_number(filled: float, words: str):
    told = of_brain(ball((61, 61, 61), (3.0, 3.0, 3.0), filled))
    assert bool(told) == bool(words)
    assert "".join(told).startswith(words)


def test_a_brain_too_large_is_said():
    (told,) = of_brain(ball((61, 61, 61), (3.5, 3.5, 3.5)))
    assert told.endswith("or the voxel size is wrong.")


def test_the_size_of_a_fine_grid_is_told_by_a_part_of_its_voxels():
    fine = ball((220, 220, 220), (0.8, 0.8, 0.8), 0.6)
    (told,) = of_brain(fine)
    assert float(told.split()[3]) == pytest.approx(np.count_nonzero(fine.data) * 0.8**3 / 1000, rel=0.01)


@pytest.mark.parametrize(
    ("source", "told", "words"),
    [
        (Modality.T1, {"acquired": Modality.T2}, "taken for T1, and how it was acquired says T2"),
        (Modality.T2, {}, "taken for T2, and its name says T1"),
        (Modality.T1, {"acquired": Modality.T1CE}, "says T1CE"),
        (Modality.T1CE, {"acquired": Modality.T1}, ""),
        (Modality.T1, {"acquired": Modality.T1, "recognised": Modality.T2}, ""),
        (Modality.T1, {"recognised": None}, ""),
        (None, {}, ""),
    ],
)
def test_a_label_that_the_header_contradicts_is_said(source: Modality | None, told: dict[str, Any], words: str):
    found = said(phantom(**SOUND), source, **told)
    assert words in found
    assert bool(words) == bool(found)


def test_a_sidecar_contradicts_a_name(tmp_path: Path):
    path = write_phantom(tmp_path / "case_t2.nii.gz", phantom(**SOUND))
    path.with_name("case_t2.json").write_text('{"RepetitionTime": 0.5, "EchoTime": 0.01, "ScanningSequence": "SE"}')
    scan = read(path)
    assert (scan.modality, scan.acquired) == (Modality.T2, Modality.T1)
    assert "how it was acquired says T1" in before(scan, scan.modality)[0]
