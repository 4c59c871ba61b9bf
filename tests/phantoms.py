"""Small heads made by formula, for tests: they prove plumbing and orientation, never accuracy on patients.

Every phantom is one fixed anatomy in world space (RAS+ mm, scaled to the field of view), sampled by
whatever grid is asked for. Two phantoms of one field of view therefore agree at every world point.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.orientations import axcodes2ornt, inv_ornt_aff

from engine.modality import Modality
from engine.volume import Array, Floats, Volume

#                         WM   GM   CSF  lesion fat
_INTENSITY: dict[Modality, tuple[int, int, int, int, int]] = {
    Modality.T1: (600, 420, 150, 330, 800),
    Modality.T1CE: (600, 430, 150, 850, 800),
    Modality.T2: (300, 490, 1000, 720, 450),
    Modality.FLAIR: (500, 630, 115, 900, 550),
    Modality.PD: (560, 680, 690, 720, 600),
}
LESION = (0.35, 0.3, 0.25)
"""Middle of the lesion: towards the patient's right, front and top, in half extents of the field of view."""


def phantom(
    shape: tuple[int, int, int] = (48, 56, 40),
    spacing: tuple[float, float, float] = (1, 1, 1),
    orientation: str = "RAS",
    modality: Modality = Modality.T1,
    skull: bool = False,
    seed: int = 0,
    *,
    rotation: float = 0.0,
    shift: tuple[float, float, float] = (0, 0, 0),
    noise: float = 0.02,
) -> Volume:
    """A head as int16: white and grey matter, ventricles, one lesion; background 0 unless it has a skull.

    shape, spacing: along the patient's axes R, A, S (voxels, mm), whatever the orientation
    rotation:       degrees by which the grid, not the anatomy, is turned about S and then R (oblique)
    shift:          mm, where the middle of the head lies
    noise:          standard deviation in parts of white matter
    """
    affine, sides = _grid(shape, spacing, orientation, rotation, shift)
    grid = np.stack(np.meshgrid(*map(np.arange, sides), indexing="ij"), axis=-1)
    half = np.array(shape) * np.array(spacing) / 2
    point = (grid @ affine[:3, :3].T + affine[:3, 3] - np.array(shift)) / half
    wm, gm, csf, lesion, fat = _INTENSITY[modality]
    brain = _inside(point, (0, 0, 0), (0.78, 0.82, 0.8))
    data = np.where(brain, gm, 0.0)
    data[_inside(point, (0, 0, 0), (0.62, 0.66, 0.62))] = wm
    for side in (-0.16, 0.16):
        data[_inside(point, (side, -0.05, 0.05), (0.1, 0.35, 0.2))] = csf
    data[_inside(point, LESION, (0.16, 0.14, 0.15))] = lesion
    generator = np.random.default_rng(seed)
    data += (data > 0) * generator.normal(0, noise * wm, sides)
    data = np.where(brain, np.maximum(data, 1), 0)
    if skull:
        scalp = _inside(point, (0, 0, 0), (0.95, 0.97, 0.95)) & ~_inside(point, (0, 0, 0), (0.88, 0.91, 0.88))
        data = data + scalp * fat + np.abs(generator.normal(0, 0.02 * wm, sides))
    return Volume(np.rint(data).astype(np.int16), affine)


def lesion_ras(volume: Volume) -> Floats:
    """World mm of the lesion's middle in a phantom whose grid is not turned: the mark that shows any flip."""
    half = np.abs(volume.ras(np.array(volume.shape) - 0.5) - volume.ras((-0.5, -0.5, -0.5))) / 2
    return volume.centre + np.array(LESION) * half


def write_phantom(path: Path, volume: Volume | None = None, **wanted: Any) -> Path:
    """Write a phantom (made from `wanted` where none is given) as NIfTI-1, sform code 1, by nibabel alone."""
    volume = volume or phantom(**wanted)
    image = nib.Nifti1Image(volume.data, volume.affine)  # pyright: ignore[reportPrivateImportUsage]
    image.header.set_sform(volume.affine, 1)
    image.header.set_qform(None, 0)
    image.to_filename(path)
    return path


def _grid(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    orientation: str,
    rotation: float,
    shift: tuple[float, float, float],
) -> tuple[Floats, tuple[int, ...]]:
    """The affine, and the sides along i, j, k, of a grid whose middle is `shift`."""
    straight = np.diag([*spacing, 1.0])
    straight[:3, 3] = -(np.array(shape) - 1) / 2 * spacing
    axes = axcodes2ornt(orientation)
    sides = tuple(int(shape[int(axis)]) for axis in axes[:, 0])
    turned = np.eye(4)
    turned[:3, :3] = _turn(rotation)
    turned[:3, 3] = shift
    return turned @ straight @ np.linalg.inv(inv_ornt_aff(axes, sides)), sides


def _turn(degrees: float) -> Floats:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    about_s = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    about_r = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return about_r @ about_s


def _inside(point: Floats, middle: tuple[float, float, float], radii: tuple[float, float, float]) -> Array:
    return np.sum(((point - middle) / radii) ** 2, axis=-1) <= 1
