"""Disks that are full or take nothing, and two programs that export under one name."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.files import Scan, read
from engine.modality import Modality
from engine.provenance import save
from engine.synthesis import Synthesis
from tests.phantoms import write_phantom

REPOSITORY = Path(__file__).resolve().parents[2]
EXPORT = """
import sys
from pathlib import Path
from engine.errors import UnwritableOutput
from engine.files import read
from engine.provenance import save
from tests.engine.test_disks import made_from
scan = read(sys.argv[1])
try:
    for level in map(float, sys.argv[3:]):
        save(made_from(scan, level), scan, Path(sys.argv[2]))
except UnwritableOutput as refusal:
    print(refusal)
    sys.exit(2)
"""


def made_from(scan: Scan, level: float) -> Synthesis:
    """A result of noise, which does not pack well; level: told in its record, and where its voxels stand."""
    noise = np.random.default_rng(int(level)).normal(level, 50, scan.volume.shape).astype(np.float32)
    volume = scan.volume.with_data(noise)
    return Synthesis(Modality.T1, Modality.T2, volume, volume, {"total": 1.0}, {"seed": int(level)}, ())


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return write_phantom(tmp_path / "case_t1.nii.gz", shape=(48, 56, 40))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def export(scan: Path, out: Path, *levels: int, before: tuple[str, ...] = (), **options) -> tuple[int, str]:
    words = [*before, sys.executable, "-c", EXPORT, str(scan), str(out), *map(str, levels)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False, **options)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.strip()


def test_a_file_that_may_not_grow_leaves_the_old_results(scan: Path, tmp_path: Path):
    out = tmp_path / "out"
    save(made_from(read(scan), 100), read(scan), out)
    before = contents(out)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    code, told = export(scan, out, 900, preexec_fn=small)
    assert code == 2
    assert told.endswith(": File too large.") and "case_t1_desc-" in told and "\n" not in told
    assert contents(out) == before


FULL = ("mount -t tmpfs -o remount,size=620k t", "No space left on device")
READ_ONLY = ("mount -o remount,ro", "Read-only file system")


@pytest.mark.parametrize(("mount", "told"), [FULL, READ_ONLY], ids=["full", "read-only"])
def test_a_disk_that_takes_no_more_leaves_the_old_results(scan: Path, tmp_path: Path, mount: str, told: str):
    """On a disk of its own, in a name space of its own."""
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    unshare = shutil.which("unshare")
    inside = (unshare or "", "--user", "--map-root-user", "--mount", "sh", "-c")
    trial = f"mount -t tmpfs -o size=4m t {disk}"
    if unshare is None or subprocess.run([*inside, trial], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system lets nobody mount a small disk")
    save(made_from(read(scan), 100), read(scan), kept)
    script = f'{trial} && cp {kept}/* {disk} && {mount} {disk} && "$@"; code=$?; '
    script += f"rm -rf {kept}/*; cp -a {disk}/. {kept}; exit $code"
    before = contents(kept)
    code, said = export(scan, disk, 900, before=(*inside, script, "sh"))
    assert code == 2
    assert said.endswith(f": {told}.") and "\n" not in said
    assert contents(kept) == before


def test_a_folder_that_lets_nobody_in_is_told(scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = tmp_path / "out"
    save(made_from(read(scan), 100), read(scan), out)
    before = contents(out)
    out.chmod(0o555)
    try:
        if os.access(out, os.W_OK):
            pytest.skip("the superuser writes everywhere")
        code, told = export(scan, out, 900)
    finally:
        out.chmod(0o755)
    assert (code, told.endswith(": Permission denied.")) == (2, True)
    assert contents(out) == before


def test_two_programs_that_export_under_one_name_never_mix(scan: Path, tmp_path: Path):
    out = tmp_path / "out"
    words = [sys.executable, "-c", EXPORT, str(scan), str(out)]
    both = [
        subprocess.Popen([*words, *[str(level)] * 6], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for level in (100, 900)
    ]
    for program in both:
        _, errors = program.communicate(timeout=900)
        assert program.returncode == 0, errors
    assert sorted(contents(out)) == [
        "case_t1_desc-synth_T2w.json", "case_t1_desc-synth_T2w.nii.gz", "case_t1_desc-uncertainty_T2w.nii.gz",
    ]  # fmt: skip
    seed = json.loads((out / "case_t1_desc-synth_T2w.json").read_text())["Seed"]
    for name in ("case_t1_desc-synth_T2w.nii.gz", "case_t1_desc-uncertainty_T2w.nii.gz"):
        assert abs(float(read(out / name).volume.data.mean()) - seed) < 10


def test_a_source_that_went_meanwhile_keeps_no_result_from_being_saved(scan: Path, tmp_path: Path):
    source = read(scan)
    scan.unlink()
    saved = save(replace(made_from(source, 100), uncertainty=None), source, tmp_path / "out")
    assert json.loads(saved.sidecar.read_text())["SourceSHA256"] is None
