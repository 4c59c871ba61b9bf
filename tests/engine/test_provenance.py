"""A result leaves the program on its source's grid and labelled three times over."""

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.loadsave import load

from engine import __version__, atomic
from engine.errors import UnwritableOutput
from engine.files import Scan, read
from engine.modality import Modality
from engine.provenance import digest, save
from engine.synthesis import Synthesis
from tests.phantoms import write_phantom

RECORD = {"model_hash": "c0ffee", "seed": 7, "steps": 10}


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    path = tmp_path / "Doe_Jane" / "case_t1.nii.gz"
    path.parent.mkdir()
    return read(write_phantom(path, shape=(12, 14, 16), orientation="PIR", rotation=15))


@pytest.fixture
def synthesis(scan: Scan) -> Synthesis:
    data = np.where(scan.volume.data != 0, scan.volume.data * 1.37, 0).astype(np.float32)
    volume = scan.volume.with_data(data)
    return Synthesis(Modality.T1, Modality.T2, volume, None, {"total": 1.5}, RECORD, ("said once",))


def header(path: Path) -> Any:
    image: Any = load(path)
    return image.header


def test_names_follow_the_source(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    saved = save(synthesis, scan, tmp_path / "new" / "folder")
    assert saved.path == tmp_path / "new" / "folder" / "case_t1_desc-synth_T2w.nii.gz"
    assert saved.sidecar == saved.path.with_name("case_t1_desc-synth_T2w.json")
    assert saved.uncertainty is None
    assert sorted(saved.path.parent.iterdir()) == [saved.sidecar, saved.path]


@pytest.mark.parametrize("target", Modality)
def test_every_target_has_its_suffix(synthesis: Synthesis, scan: Scan, tmp_path: Path, target: Modality):
    saved = save(replace(synthesis, target=target), scan, tmp_path)
    assert saved.path.name == f"case_t1_desc-synth_{target.suffix}.nii.gz"
    assert read(saved.path).modality is target


def test_the_grid_is_the_sources_bit_for_bit(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    made, source = header(save(synthesis, scan, tmp_path).path), header(scan.path)
    for name in ("dim", "sform_code", "qform_code", "srow_x", "srow_y", "srow_z", "quatern_b", "qoffset_x"):
        assert made[name].tobytes() == source[name].tobytes(), name


def test_intensities_are_stored_as_whole_numbers(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    back = read(save(synthesis, scan, tmp_path).path)
    assert back.dtype == "int16"
    np.testing.assert_array_equal(back.volume.data, np.rint(synthesis.volume.data))


def test_intensities_beyond_16_bits_stay_single_precision(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    bright = synthesis.volume.with_data(synthesis.volume.data * 100)
    back = read(save(replace(synthesis, volume=bright), scan, tmp_path).path)
    assert back.dtype == "float32"
    np.testing.assert_array_equal(back.volume.data, bright.data)


def test_a_result_with_nan_is_never_written(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    broken = synthesis.volume.with_data(np.full(scan.volume.shape, np.nan))
    with pytest.raises(ValueError, match="NaN"):
        save(replace(synthesis, volume=broken), scan, tmp_path)
    assert not list(tmp_path.glob("*.nii.gz"))


def test_the_header_the_extension_and_the_sidecar_each_say_synthetic(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    saved = save(synthesis, scan, tmp_path)
    made = header(saved.path)
    assert made["descrip"].item() == b"SYNTHETIC T2 from T1; AI; research only"
    extension = made.extensions[0]
    assert extension.get_code() == 6
    assert json.loads(extension.text) == json.loads(saved.sidecar.read_text())
    assert json.loads(saved.sidecar.read_text())["SyntheticData"] is True


def test_the_sidecar_tells_source_making_and_units(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    text = save(synthesis, scan, tmp_path).sidecar.read_text()
    said = json.loads(text)
    assert said["Sources"] == ["case_t1.nii.gz"]
    assert said["SourceSHA256"] == hashlib.sha256(scan.path.read_bytes()).hexdigest()
    assert (said["SourceModality"], said["TargetModality"]) == ("T1", "T2")
    assert (said["ModelHash"], said["Seed"], said["Steps"]) == ("c0ffee", 7, 10)
    assert said["CodeVersion"] == __version__
    assert said["Warnings"] == ["said once"]
    assert "0.5 and 99.5 percentiles" in said["Units"]
    assert "Jane" not in text
    assert not {"EchoTime", "RepetitionTime"} & said.keys()


def test_a_result_that_is_read_again_names_its_source(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    saved = save(synthesis, scan, tmp_path)
    assert digest(scan.sources) == read(saved.path).made_from != ""
    saved.sidecar.unlink()
    assert read(saved.path).made_from == digest(scan.sources)
    assert scan.made_from == ""


def test_a_sidecar_alone_names_the_source(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    saved = save(synthesis, scan, tmp_path)
    bare = tmp_path / "bare.nii.gz"
    image: Any = load(scan.path)
    image.to_filename(bare)
    bare.with_name("bare.json").write_bytes(saved.sidecar.read_bytes())
    assert read(bare).made_from == digest(scan.sources)


def test_a_source_that_is_gone_has_no_hash(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    scan.path.unlink()
    assert json.loads(save(synthesis, scan, tmp_path).sidecar.read_text())["SourceSHA256"] is None


def test_the_uncertainty_lies_beside_and_is_synthetic_too(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    spread = scan.volume.with_data(np.full(scan.volume.shape, 0.25))
    saved = save(replace(synthesis, uncertainty=spread), scan, tmp_path)
    assert saved.uncertainty == tmp_path / "case_t1_desc-uncertainty_T2w.nii.gz"
    back = read(tmp_path / "case_t1_desc-uncertainty_T2w.nii.gz")
    assert back.synthetic
    assert back.dtype == "float32"
    assert np.all(back.volume.data == 0.25)


def test_saving_again_replaces(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    save(synthesis, scan, tmp_path)
    brighter = replace(synthesis, volume=synthesis.volume.with_data(synthesis.volume.data + 1))
    saved = save(brighter, scan, tmp_path)
    np.testing.assert_array_equal(read(saved.path).volume.data, np.rint(brighter.volume.data))


def test_a_full_disk_leaves_no_file_under_a_final_name(
    synthesis: Synthesis, scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "replace", full)
    out = tmp_path / "out"
    with pytest.raises(UnwritableOutput, match="No space left"):
        save(synthesis, scan, out)
    assert list(out.iterdir()) == []


def test_a_folder_at_the_volumes_name_leaves_the_old_sidecar(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    saved = save(synthesis, scan, tmp_path / "out")
    before = saved.sidecar.read_bytes()
    saved.path.unlink()
    saved.path.mkdir()
    with pytest.raises(UnwritableOutput, match=r"_T2w\.nii\.gz cannot be written into .*: Is a directory\.$"):
        save(replace(synthesis, record=RECORD | {"seed": 8}), scan, tmp_path / "out")
    assert saved.sidecar.read_bytes() == before
    assert sorted(saved.path.parent.iterdir()) == [saved.sidecar, saved.path]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_source_whose_name_is_no_text_is_told_with_replacement_characters(synthesis: Synthesis, tmp_path: Path):
    path = tmp_path / os.fsdecode(b"caf\xe9_t1.nii.gz")
    try:
        write_phantom(path, shape=(12, 14, 16), orientation="PIR", rotation=15)
    except OSError:
        pytest.skip("this disk takes no such name")
    scan = read(path)
    spread = scan.volume.with_data(np.ones(scan.volume.shape))
    said = replace(synthesis, uncertainty=spread, warnings=(f"{path.name} is odd.", "Noé"))
    saved = save(said, scan, tmp_path / "out")
    told = json.loads(saved.sidecar.read_text(encoding="utf-8"))
    assert told["Sources"] == ["caf\ufffd_t1.nii.gz"]
    assert told["Warnings"] == ["caf\ufffd_t1.nii.gz is odd.", "Noé"]
    assert sorted(os.listdir(os.fsencode(tmp_path / "out"))) == [
        b"caf\xe9_t1_desc-synth_T2w.json",
        b"caf\xe9_t1_desc-synth_T2w.nii.gz",
        b"caf\xe9_t1_desc-uncertainty_T2w.nii.gz",
    ]
    assert json.loads(header(saved.path).extensions[0].text) == told
    assert read(saved.path).made_from == digest(scan.sources)


def test_a_folder_that_cannot_be_made_is_said(synthesis: Synthesis, scan: Scan, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableOutput, match="cannot be made"):
        save(synthesis, scan, tmp_path / "file" / "out")
