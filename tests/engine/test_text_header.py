"""Headers of text: what programs write passes, what makes a parser stumble does not reach one."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from engine.errors import RespinError, UnreadableScan, UnsupportedScan
from engine.files import read
from engine.sniff import sniff
from engine.text_header import text_header
from tests.engine.test_foreign import write_itk
from tests.phantoms import phantom

NRRD = b"""NRRD0005
# written by a program
type: short
dimension: 3
space: left-posterior-superior
sizes: 4 5 6
space directions: (-0.99999999999999989,0,1e-17) (0,1,0) (0,0,2.5)
kinds: domain domain domain
endian: little
encoding: raw
space origin: (10.5,-20,+3e1)
a note:=with anything: in it
"""


def nrrd(folder: Path, *changes: tuple[bytes, bytes]) -> Path:
    head = NRRD
    for before, after in changes:
        assert before in head
        head = head.replace(before, after)
    path = folder / "a.nrrd"
    path.write_bytes(head + b"\n" + bytes(240))
    return path


def test_what_programs_write_passes(tmp_path: Path):
    fields = text_header(sniff(nrrd(tmp_path)))
    assert (fields["type"], fields["sizes"]) == ("short", "4 5 6")
    assert "a note" not in fields
    assert read(nrrd(tmp_path)).volume.shape == (4, 5, 6)
    for name in ("b.nrrd", "c.mha", "d.mhd"):
        made = write_itk(tmp_path / name, phantom((8, 9, 10), (1, 1.5, 2), rotation=17, shift=(1, 2, 3)))
        assert text_header(sniff(made))


def test_what_was_converted_from_nifti_passes(tmp_path: Path):
    """ITK takes the fields of the other header along."""
    path = write_itk(tmp_path / "a.mha", phantom((8, 9, 10)))
    image = sitk.ReadImage(str(path))
    for name, value in (("dim[0]", "3"), ("pixdim[1]", "1"), ("srow_x", "-1 0 0 11.5"), ("qform_code_name", "UNKNOWN")):
        image.SetMetaData(name, value)
    sitk.WriteImage(image, str(path))
    assert b"dim[0] = 3" in path.read_bytes()
    assert read(path).volume.shape == (8, 9, 10)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b"4 5 6", b"[" * 900), "'sizes' reads"),
        ((b"4 5 6", b"4 5"), "'sizes' reads"),
        ((b"4 5 6", b"4 5 0"), "'sizes' reads"),
        ((b"4 5 6", b"4 5 99999999999"), "'sizes' reads"),
        ((b"(0,1,0)", b"(0,nan,0)"), "'space directions' reads"),
        ((b"space: left", b"space: " + b"F" * 300), "'space' reads"),
        ((b"# written", b"# " + b"x" * 5000), "line 2 is no text"),
        ((b"# written", b"# \0"), "line 2 is no text"),
        ((b"kinds: ", b"flavour: "), "is no field of it"),
        ((b"kinds: ", b"no colon "), "is no field of it"),
        ((b"type: short", b"type: short\ntype: short"), "is no field of it"),
    ],
)
def test_what_breaks_a_rule_is_refused_before_it_is_parsed(tmp_path: Path, change: tuple[bytes, bytes], told: str):
    with pytest.raises(UnreadableScan, match=rf"^a\.nrrd has a damaged header: .*{told}"):
        read(nrrd(tmp_path, change))


@pytest.mark.parametrize("dimension", [b"0", b"9", b"1e308", b""])
def test_other_dimensions_are_refused_with_their_number(tmp_path: Path, dimension: bytes):
    with pytest.raises(UnsupportedScan, match="dimensions; expected 3"):
        read(nrrd(tmp_path, (b"dimension: 3", b"dimension: " + dimension)))


def test_a_packing_that_few_programs_know_is_refused_in_words(tmp_path: Path):
    with pytest.raises(UnsupportedScan, match="packed as 'bzip2'; convert it to NIfTI"):
        read(nrrd(tmp_path, (b"encoding: raw", b"encoding: bzip2")))


@pytest.mark.parametrize("named", ["../secret.raw", "/etc/passwd", "LIST", "slice%03d.raw", "", "."])
def test_voxels_are_read_from_beside_the_header_alone(tmp_path: Path, named: str):
    (tmp_path / "secret.raw").write_bytes(bytes(100_000))
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write_itk(folder / "a.mhd", phantom((8, 9, 10)))
    path.write_text(path.read_text().replace("a.raw", named))
    with pytest.raises(RespinError, match=r"^a\.mhd "):
        read(path)


def test_a_header_that_promises_more_than_there_is_takes_no_memory(tmp_path: Path):
    with pytest.raises(UnreadableScan, match="ends too early: its header promises"):
        read(nrrd(tmp_path, (b"4 5 6", b"4000 5000 600")))


def test_a_header_on_its_own_may_end_with_the_file(tmp_path: Path):
    path = nrrd(tmp_path, (b"encoding: raw", b"encoding: raw\ndata file: a.raw"))
    path.write_bytes(path.read_bytes().rstrip(b"\0\n"))
    assert text_header(sniff(path))["data file"] == "a.raw"


def test_a_field_that_is_none_and_a_stream_that_breaks_are_damage(tmp_path: Path):
    path = write_itk(tmp_path / "a.mhd", phantom((8, 9, 10)))
    path.write_text(path.read_text().replace("NDims", "no field\nNDims"))
    with pytest.raises(UnreadableScan, match="is no field of it"):
        text_header(sniff(path))
    packed = tmp_path / "b.nrrd"
    packed.write_bytes(gzip.compress(NRRD + b"# " + os.urandom(4000).hex().encode() + b"\n" + bytes(240)))
    found = sniff(packed)
    packed.write_bytes(packed.read_bytes()[:900])
    with pytest.raises(UnreadableScan, match=r"b\.nrrd is damaged"):
        text_header(found)


def test_a_spacing_may_be_unknown(tmp_path: Path):
    plain = (b"space: left-posterior-superior\n", b""), (b"space origin: (10.5,-20,+3e1)\n", b"")
    axes = b"space directions: (-0.99999999999999989,0,1e-17) (0,1,0) (0,0,2.5)"
    assert text_header(sniff(nrrd(tmp_path, *plain, (axes, b"spacings: 1 2 nan"))))["spacings"] == "1 2 nan"


def test_an_exponent_may_have_three_digits(tmp_path: Path):
    path = write_itk(tmp_path / "a.mha", phantom((8, 9, 10)))
    matrix = b"TransformMatrix = -1 6.12323399573677e-017 0 -6.12323399573677E-017 -1.e+000 0 0 0 1"
    path.write_bytes(path.read_bytes().replace(b"TransformMatrix = -1 0 0 0 -1 0 0 0 1", matrix))
    assert matrix in path.read_bytes()
    np.testing.assert_allclose(read(path).volume.affine, phantom((8, 9, 10)).affine, atol=1e-12)
    assert read(nrrd(tmp_path, (b"1e-17", b"1e-017"), (b"+3e1", b"+3e001"))).volume.affine[2, 3] == 30


@pytest.mark.parametrize("number", [b"1e308", b"1e999", b"1e+400", b"1e100", b"1e-1000"])
def test_a_number_that_may_not_be_finite_is_refused(tmp_path: Path, number: bytes):
    with pytest.raises(UnreadableScan, match="'space origin' reads"):
        read(nrrd(tmp_path, (b"10.5", number)))


@pytest.mark.parametrize("number", [b"1e-320", b"1e-999"])
def test_a_spacing_of_nearly_nothing_is_refused(tmp_path: Path, number: bytes):
    with pytest.raises(UnreadableScan, match="is damaged"):
        read(nrrd(tmp_path, (b"(0,0,2.5)", b"(0,0," + number + b")")))
