"""The interval around a result: as wide as the tables say, and never called calibrated where it is not."""

import numpy as np
import pytest

from engine.calibration import Calibration, bare, expected_error, standardised, table_of
from engine.modality import Modality

PAIR = (Modality.T1, Modality.T2)
RNG = np.random.default_rng(0)


def voxels(count: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors that grow with the result, whatever the source."""
    z, made = RNG.normal(0, 1, count), RNG.uniform(0, 1000, count)
    return z.astype(np.float32), made.astype(np.float32), (made * RNG.uniform(0, 0.4, count)).astype(np.float32)


def test_a_table_says_where_errors_are_large():
    z, made, error = voxels()
    table = table_of(z, made, error)
    expected = expected_error(table, z, made)
    for low in range(0, 1000, 250):
        here = (made >= low) & (made < low + 250)
        assert expected[here].mean() == pytest.approx(error[here].mean(), rel=0.1)


def test_where_no_voxel_fell_the_mean_of_all_stands():
    z, made, error = voxels()
    table = table_of(z[made < 500], made[made < 500], error[made < 500])
    assert table[:, -1] == pytest.approx(error[made < 500].mean())


def calibration(level: float = 0.9) -> Calibration:
    table = np.tile(np.linspace(10, 110, 11), (9, 1))
    return Calibration(level, ("a", "b", "c"), table, {PAIR: {"prior": 2.0}})


def result() -> tuple[np.ndarray, np.ndarray]:
    """Source in model units and result in file units, (x, y, z), 0 at the rim."""
    image, made = RNG.uniform(0.5, 1.5, (6, 6, 6)), np.full((6, 6, 6), 500.0)
    image[0], made[0] = 0, 0
    return image.astype(np.float32), made.astype(np.float32)


def test_half_the_width_is_the_factor_times_the_expected_error():
    image, made = result()
    doubt = calibration().doubt(PAIR, "prior", image, made, None)
    assert doubt is not None
    np.testing.assert_allclose(doubt.map[made > 0], 2 * 60, rtol=1e-5)
    assert np.all(doubt.map[made == 0] == 0)
    assert doubt.told["median"] == 120
    assert doubt.told["calibrated_on"] == ["a", "b", "c"]
    assert (
        doubt.told["words"] == "90 % of voxels within ±120 of the truth (median of the map), calibrated on 3 subjects."
    )


def test_samples_that_differ_widen_it():
    image, made = result()
    plain, wide = (calibration().doubt(PAIR, "prior", image, made, np.full_like(made, sd)) for sd in (0, 15))
    assert plain is not None and wide is not None
    np.testing.assert_allclose(wide.map[made > 0] - plain.map[made > 0], 30, rtol=1e-4)


@pytest.mark.parametrize(("direction", "way"), [(PAIR, "shortcut, mean of 4"), ((Modality.T2, Modality.T1), "prior")])
def test_another_way_or_direction_is_not_called_calibrated(direction: tuple[Modality, Modality], way: str):
    image, made = result()
    assert calibration().doubt(direction, way, image, made, None) is None
    doubt = calibration().doubt(direction, way, image, made, np.full_like(made, 7))
    assert doubt is not None
    assert np.all(doubt.map == 7)
    assert "not calibrated" in doubt.told["words"]
    assert doubt.told["level"] is None


def test_one_sample_without_calibration_has_no_map():
    assert bare(None) is None


def test_it_comes_back_from_a_manifest():
    again = Calibration.from_json(calibration().to_json())
    assert again is not None
    assert (again.level, again.subjects) == (0.9, ("a", "b", "c"))
    np.testing.assert_allclose(again.table, calibration().table)
    assert again.factors == {PAIR: {"prior": 2.0}}
    assert Calibration.from_json(None) is None


def test_a_source_is_counted_in_standard_deviations_of_its_brain():
    image, made = result()
    z = standardised(image[made > 0])
    assert z.mean() == pytest.approx(0, abs=1e-5)
    assert z.std() == pytest.approx(1, rel=1e-4)
