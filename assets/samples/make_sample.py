"""Write the sample scan from the template inside the package nilearn.

    pip install --no-deps nilearn==0.14.1
    python assets/samples/make_sample.py

The template is symmetric and already skull-stripped. Nothing is invented: the voxels stay as they are, and the
header gains what a scan has (sform and qform with their codes, millimetres, a description). NOTICE.txt beside
this file holds the terms of the data.
"""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import numpy as np
from nibabel.nifti1 import Nifti1Image

TEMPLATE = "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
SAMPLE = Path(__file__).with_name("icbm152_T1w.nii.gz")
MNI = 4
"""NIfTI's code for "the MNI 152 space"."""


def template() -> Path:
    """Where nilearn keeps the template; nilearn itself is not imported, so its dependencies are not needed."""
    package = importlib.util.find_spec("nilearn")
    if package is None or package.origin is None:
        raise SystemExit("nilearn is missing: pip install --no-deps nilearn==0.14.1")
    return Path(package.origin).parent / TEMPLATE


def make_sample() -> bytes:
    """The sample as the bytes of a .nii.gz, the same on every call (no time stamp)."""
    source = Nifti1Image.from_filename(template())
    sample = Nifti1Image(np.asarray(source.dataobj, np.uint8), source.affine)
    sample.set_sform(source.affine, MNI)
    sample.set_qform(source.affine, MNI)
    sample.header.set_xyzt_units("mm")
    sample.header["descrip"] = b"ICBM 152 2009a average of T1; see NOTICE.txt"
    return gzip.compress(sample.to_bytes(), 9, mtime=0)


if __name__ == "__main__":
    SAMPLE.write_bytes(make_sample())
    print(SAMPLE, SAMPLE.stat().st_size)
