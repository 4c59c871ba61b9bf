"""Subjects on one grid, and crops that depend on seed and step alone."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import RespinError
from engine.files import read
from engine.modality import Modality
from engine.preprocess import to_model
from tests.bundles import TINY
from tests.phantoms import phantom, write_phantom
from tests.training.conftest import FOUR, NAMES, SHAPE
from training.augment import augment_source, bias_field, thick_slices
from training.data import VALIDATION, Batch, Subject, draw, find_subjects, load_subject, load_subjects


def test_subjects_are_found_by_their_contrasts(folder: Path):
    found = find_subjects(folder)
    assert sorted(found) == sorted((*NAMES, VALIDATION[0]))
    assert set(found["one"]) == set(FOUR)
    assert found["one"][Modality.T1CE].name == "one_t1ce.nii.gz"


def test_a_folder_without_subjects_is_refused(tmp_path: Path):
    (tmp_path / "lonely").mkdir()
    write_phantom(tmp_path / "lonely" / "lonely_t1.nii.gz", phantom(SHAPE))
    with pytest.raises(RespinError, match="holds no subject"):
        find_subjects(tmp_path)


def test_validation_subjects_are_never_trained_on(subjects: list[Subject], folder: Path):
    assert [subject.name for subject in subjects] == list(NAMES)
    assert not {subject.name for subject in subjects} & set(VALIDATION)
    named = load_subjects(folder, TINY.grid, [VALIDATION[0]])
    assert [subject.name for subject in named] == [VALIDATION[0]]


def test_training_sees_what_inference_sees(folder: Path, subjects: list[Subject]):
    """One preprocessing for both: the same cut, orientation and units as `to_model`."""
    for modality in FOUR:
        scan = read(folder / "one" / f"one_{modality.value}.nii.gz")
        image, _ = to_model(scan.volume, TINY.grid)
        np.testing.assert_allclose(subjects[0].images[modality], image.astype(np.float16), atol=2e-3)


def test_all_contrasts_share_one_grid_and_mask(subjects: list[Subject]):
    for subject in subjects:
        shapes = {image.shape for image in subject.images.values()} | {subject.mask.shape}
        assert len(shapes) == 1
        assert all(side % TINY.grid.multiple == 0 for side in subject.mask.shape)
        for modality, image in subject.images.items():
            assert np.array_equal(image > 0, subject.mask)
            low, high = np.percentile(image[subject.mask].astype(np.float32), [0.5, 99.5])
            assert subject.levels[modality] == pytest.approx((low, high), abs=5e-3)


def test_contrasts_that_miss_tissue_keep_the_common_grid(tmp_path: Path):
    half = phantom(SHAPE, modality=Modality.T2)
    half.data[:, :, : SHAPE[2] // 2] = 0
    paths = {
        Modality.T1: write_phantom(tmp_path / "a_t1.nii.gz", phantom(SHAPE)),
        Modality.T2: write_phantom(tmp_path / "a_t2.nii.gz", half),
    }
    subject = load_subject("a", paths, TINY.grid)
    assert subject.images[Modality.T2].shape == subject.images[Modality.T1].shape
    assert np.array_equal(subject.mask, subject.images[Modality.T1] > 0)
    assert np.count_nonzero(subject.images[Modality.T2]) < np.count_nonzero(subject.mask)

    batch = draw([subject], TINY, 0, 4, seed=0, step=0, augment=False)
    assert torch.equal(batch.mask > 0, (batch.mask > 0) & (batch.target > 0))
    rows = {int(target): int(mask.sum()) for target, mask in zip(batch.target_class, batch.mask, strict=True)}
    assert len(set(rows.values())) == len(rows) == 2


def drawn(subjects: list[Subject], step: int, seed: int = 0, augment: bool = True) -> Batch:
    return draw(subjects, TINY, crop=16, batch=3, seed=seed, step=step, augment=augment)


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_depends_on_seed_and_step_alone(subjects: list[Subject]):
    first = drawn(subjects, 7)
    np.random.seed(3)
    torch.manual_seed(3)
    drawn(subjects, 8)
    assert same(first, drawn(subjects, 7))
    assert not same(first, drawn(subjects, 8))
    assert not same(first, drawn(subjects, 7, seed=1))


def test_a_batch_has_the_promised_shapes(subjects: list[Subject]):
    batch = drawn(subjects, 0)
    for image in (batch.source, batch.target, batch.mask):
        assert image.shape == (3, 1, 16, 16, 16)
        assert image.dtype == torch.float32
        assert torch.isfinite(image).all()
    assert batch.source_class.dtype == batch.target_class.dtype == torch.int64
    assert batch.mask.sum((1, 2, 3, 4)).min() > 0


def test_source_and_target_differ_and_all_directions_come(subjects: list[Subject]):
    pairs: set[tuple[int, int]] = set()
    for step in range(60):
        batch = drawn(subjects, step, augment=False)
        pairs |= set(zip(batch.source_class.tolist(), batch.target_class.tolist(), strict=True))
    assert pairs == {(a, b) for a in range(4) for b in range(4) if a != b}


def test_a_crop_is_a_piece_of_its_subject(subjects: list[Subject]):
    """Source and target come from one place, which lies on the latent's grid."""
    batch = draw(subjects[:1], TINY, crop=16, batch=1, seed=0, step=5, augment=False)
    images = list(subjects[0].images.values())
    source, target = (images[int(index)] for index in (batch.source_class, batch.target_class))
    places = [
        (i, j, k)
        for i in range(0, source.shape[0] - 15, 4)
        for j in range(0, source.shape[1] - 15, 4)
        for k in range(0, source.shape[2] - 15, 4)
        if np.array_equal(source[i : i + 16, j : j + 16, k : k + 16], batch.source[0, 0].numpy().astype(np.float16))
    ]
    assert len(places) == 1
    (i, j, k) = places[0]
    assert np.array_equal(target[i : i + 16, j : j + 16, k : k + 16], batch.target[0, 0].numpy().astype(np.float16))


def test_places_where_the_target_is_bright_can_be_asked_for(subjects: list[Subject]):
    """The middle of a crop is the voxel that was asked for, but for the steps of the latent's grid and the borders."""

    def seen(bright: float) -> float:
        middle: list[float] = []
        for step in range(40):
            batch = draw(subjects[:1], TINY, 8, 1, seed=0, step=step, augment=False, bright=bright)
            low, high = subjects[0].levels[TINY.modalities[int(batch.target_class)]]
            middle.append(float(((batch.target[0, 0] - low) / (high - low)).max()))
        return float(np.mean(np.array(middle) > 0.75))

    assert seen(1.0) == 1.0
    assert seen(0.0) < 1.0


def test_targets_of_one_source_lie_behind_each_other(subjects: list[Subject]):
    batch = draw(subjects, TINY, 16, 2, seed=0, step=3, augment=True, targets=3)
    assert batch.source.shape[0] == batch.target.shape[0] == 6
    for rows in (slice(0, 3), slice(3, 6)):
        assert torch.equal(batch.source[rows], batch.source[rows][:1].expand(3, -1, -1, -1, -1))
        assert batch.source_class[rows].unique().numel() == 1
        assert {*batch.source_class[rows].tolist(), *batch.target_class[rows].tolist()} == {0, 1, 2, 3}
    again = draw(subjects, TINY, 16, 2, seed=0, step=3, augment=True, targets=5)
    assert again.target_class[:5].tolist() == [*again.target_class[:3].tolist(), *again.target_class[:2].tolist()]


def test_where_nothing_is_bright_any_place_will_do(subjects: list[Subject]):
    flat = Subject(
        "flat",
        {m: np.where(subjects[0].mask, np.float16(1), np.float16(0)) for m in FOUR},
        subjects[0].mask,
        {m: (0.0, 2.0) for m in FOUR},
    )
    assert draw([flat], TINY, 8, 2, seed=0, step=0, augment=False, bright=1.0).mask.sum() > 0


def test_a_crop_of_0_is_the_whole_volume(subjects: list[Subject]):
    for step in range(6):
        batch = draw(subjects, TINY, 0, 1, seed=0, step=step, augment=True)
        assert tuple(batch.mask.shape[2:]) in {subject.mask.shape for subject in subjects}
        assert float(batch.mask.sum()) in {float(subject.mask.sum()) for subject in subjects}


def test_augmentation_leaves_target_and_background_alone(subjects: list[Subject]):
    image = subjects[0].images[Modality.T1].astype(np.float32)
    changed = 0
    for seed in range(20):
        kept = image.copy()
        result = augment_source(image, np.random.default_rng(seed))
        assert np.array_equal(image, kept)
        assert result.shape == image.shape and result.dtype == np.float32
        assert np.all(result[image == 0] == 0)
        assert np.all(result >= 0) and np.isfinite(result).all()
        assert np.corrcoef(result[image > 0], image[image > 0])[0, 1] > 0.6
        changed += not np.array_equal(result, image)
    assert changed > 10


def test_a_bias_field_is_smooth_and_bounded():
    field = bias_field((24, 30, 36), np.random.default_rng(0), peak=0.2)
    assert field.shape == (24, 30, 36)
    assert 0.8 <= field.min() < field.max() <= 1.2
    assert max(np.abs(np.diff(field, axis=axis)).max() for axis in range(3)) < 0.05


def test_thick_slices_keep_slopes_and_lose_detail():
    slope = np.indices((24, 24, 24)).sum(0).astype(np.float32)
    noise = np.random.default_rng(0).random((24, 24, 24), np.float32)
    for seed in range(6):
        inner = (slice(6, -6),) * 3
        thick = thick_slices(slope, np.random.default_rng(seed))
        np.testing.assert_allclose(thick[inner], slope[inner], atol=1.01)
        assert thick_slices(noise, np.random.default_rng(seed)).std() < 0.8 * noise.std()
