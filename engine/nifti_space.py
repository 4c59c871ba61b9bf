"""Where a NIfTI grid lies: the header's rule about sform and qform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from nibabel.nifti1 import Nifti1Header

from engine.volume import Floats

_SAME_PLACE = 0.1
"""Millimetres under which sform and qform count as the same."""
_TO_MM = {1: 1000.0, 3: 0.001}
"""Factor to mm by the header's unit of space: metre, micrometre (anything else is taken as mm)."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """affine, other: (4, 4) voxel index -> world mm, RAS+.

    oriented: whether the file says how the grid lies at all
    other:    the qform, where the sform is used and says otherwise; None where they agree
    apart:    mm between the two at the worst corner
    """

    affine: Floats
    oriented: bool
    warnings: tuple[str, ...]
    other: Floats | None = None
    apart: float = 0.0


def geometry(header: Nifti1Header) -> Geometry:
    """The sform where its code is > 0, else the qform where its code is > 0, else unknown."""
    header, warnings = _repaired(header)
    forms: dict[str, Floats] = {}
    for form, code in (("sform", "sform_code"), ("qform", "qform_code")):
        if field(header, code) > 0:
            affine = _affine(header, form)
            if affine is None:
                warnings.append(f"The {form} cannot be used: it is not a transform that can be inverted.")
            else:
                forms[form] = affine
    if not forms:
        warnings.append("The orientation is unknown: the header says neither sform nor qform.")
        return Geometry(_in_mm(header, header.get_base_affine()), False, tuple(warnings))
    if len(forms) == 1:
        return Geometry(next(iter(forms.values())), True, tuple(warnings))
    apart = _apart(header, forms["sform"], forms["qform"])
    if apart < _SAME_PLACE:
        return Geometry(forms["sform"], True, tuple(warnings))
    warnings.append(f"The sform and the qform differ by {apart:.1f} mm at the worst corner; the sform is used.")
    return Geometry(forms["sform"], True, tuple(warnings), forms["qform"], apart)


def field(header: Nifti1Header, name: str) -> Any:
    """A raw field of the header (nibabel does not type them)."""
    return cast(Any, header)[name]


def _repaired(header: Nifti1Header) -> tuple[Nifti1Header, list[str]]:
    """A copy whose voxel sizes can be used, and what had to be mended."""
    header = header.copy()
    warnings: list[str] = []
    zooms = field(header, "pixdim")[1:4]
    if not np.all(np.isfinite(zooms) & (zooms > 0)):
        said = " x ".join(f"{zoom:g}" for zoom in zooms)
        warnings.append(f"The header's voxel size ({said}) is not positive; its magnitude, or 1 for 0, is used.")
        zooms = np.where(np.isfinite(zooms), np.abs(zooms), 0)
        header["pixdim"][1:4] = np.where(zooms == 0, 1, zooms)
    if field(header, "pixdim")[0] not in (-1, 1):
        header["pixdim"][0] = 1  # the standard's own rule for a qfac of 0
    return header, warnings


def _affine(header: Nifti1Header, form: str) -> Floats | None:
    """One of the two transforms in mm; None where it is no transform."""
    try:
        affine = cast(Floats, header.get_sform() if form == "sform" else header.get_qform())
    except ValueError:  # a quaternion longer than 1
        return None
    affine = _in_mm(header, affine)
    turned = affine[:3, :3] / np.maximum(np.linalg.norm(affine[:3, :3], axis=0), 1e-30)
    return affine if np.all(np.isfinite(affine)) and abs(np.linalg.det(turned)) > 1e-6 else None


def _in_mm(header: Nifti1Header, affine: Floats) -> Floats:
    factor = _TO_MM.get(int(field(header, "xyzt_units")) % 8, 1.0)
    return np.diag([factor, factor, factor, 1.0]) @ affine if factor != 1 else affine


def _apart(header: Nifti1Header, sform: Floats, qform: Floats) -> float:
    """By how many mm the two transforms differ at the worst corner."""
    sides = field(header, "dim")[1:4]
    corners = np.stack(np.meshgrid(*[(0, side - 1) for side in sides], indexing="ij"), -1).reshape(-1, 3)
    apart = (corners @ (sform - qform)[:3, :3].T) + (sform - qform)[:3, 3]
    return float(np.linalg.norm(apart, axis=1).max())
