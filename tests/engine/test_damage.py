"""Whatever is wrong with the bytes of a file: it is read, or refused in one sentence, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from nibabel.analyze import AnalyzeImage
from nibabel.freesurfer.mghformat import MGHImage
from nibabel.nifti2 import Nifti2Image

from engine.errors import RespinError
from engine.files import read
from tests.dicom_phantoms import enhanced, pack, series
from tests.engine.test_foreign import write_itk
from tests.phantoms import phantom, write_phantom

MADE = phantom((12, 14, 10), (1, 1, 2), "LPS")
HEADS = {
    "a.nii": 400, "b.nii.gz": 400, "c.nii": 560, "d.nrrd": 400, "e.mha": 400, "f.mgh": 300, "g.mgz": 300, "h.hdr": 348,
    "i.dcm": 1200, "j.zip": 1200,
}  # fmt: skip
"""Bytes at the start of each that are damaged in turn."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    for name in ("a.nii", "b.nii.gz"):
        write_phantom(folder / name, MADE)
    for name, made in (("c.nii", Nifti2Image), ("f.mgh", MGHImage), ("g.mgz", MGHImage), ("h.hdr", AnalyzeImage)):
        made(MADE.data, MADE.affine).to_filename(folder / name)
    for name in ("d.nrrd", "e.mha"):
        write_itk(folder / name, MADE)
    (folder / "i.dcm").write_bytes(enhanced(MADE, range(10)))
    pack(folder / "j.zip", series(MADE))
    return folder


def damaged(content: bytes, head: int, seed: int) -> bytes:
    """Some bytes of the head changed, or, one time in four, the end cut off."""
    generator = np.random.default_rng(seed)
    if seed % 4 == 0:
        return content[: int(generator.integers(0, len(content)))]
    changed = bytearray(content)
    for at in generator.integers(0, min(head, len(content)), 4):
        changed[at] = int(generator.integers(0, 256))
    return bytes(changed)


@pytest.mark.parametrize("name", HEADS)
def test_a_damaged_file_is_read_or_refused(sound: Path, name: str):
    path = sound / name
    content = path.read_bytes()
    assert read(path).volume.shape == MADE.shape
    for seed in range(16):
        path.write_bytes(damaged(content, HEADS[name], seed))
        try:
            read(path)
        except RespinError as refusal:
            said = str(refusal)
            assert "\n" not in said and said.endswith("."), said
            assert path.stem in said and str(sound) not in said.split("no such file in")[0], said
    path.write_bytes(content)
