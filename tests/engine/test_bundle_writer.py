"""A bundle is whole, agrees with torch, and stands under its name all at once or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine import bundle_writer
from engine.assets import assets
from engine.bundle import FILES, open_bundle
from engine.bundle_writer import check_parity, export_bundle
from engine.errors import RespinError
from engine.modality import Modality
from engine.networks.autoencoder import Autoencoder
from engine.presets import Preset
from engine.synthesis import Mode
from tests.bundles import TINY, networks
from tests.engine.test_networks import SMALL_PAPER, SMALL_RELEASED

REPOSITORY = Path(__file__).resolve().parents[2]
LATENT = {"mean": [0.5] * 8, "sd": [2.0] * 8}
DIRECTIONS = {Modality.T1: {Modality.T2: {"low": 0.1, "high": 1.9, "start": 250}}}


def listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def export_tiny(out: Path, card: str = "# new\n"):
    export_bundle(TINY, networks(TINY), LATENT, DIRECTIONS, Mode.PRIOR, card, out)


def test_a_bundle_holds_what_its_manifest_says(tmp_path: Path, without_graphs: None):
    export_tiny(tmp_path / "mine")
    bundle = open_bundle(tmp_path / "mine")
    bundle.verify()
    assert listed(tmp_path) == ["mine"]
    assert listed(tmp_path / "mine") == sorted((*FILES, "manifest.json"))
    assert (bundle.name, bundle.preset, bundle.default_mode) == ("mine", TINY, Mode.PRIOR)
    assert bundle.latent_mean == (0.5,) * 8
    assert bundle.latent_sd == (2.0,) * 8
    assert bundle.targets(Modality.T1) == (Modality.T2,)
    pair = (Modality.T1, Modality.T2)
    assert (bundle.starts[pair], bundle.levels[pair].high) == (250, 1.9)
    assert bundle.card == "# new\n"


@pytest.mark.parametrize("which", ["made here", "shipped"])
def test_graphs_tell_nothing_of_the_machine_that_made_them(which: str, tiny_bundle: Path):
    folder = tiny_bundle if which == "made here" else assets() / "models" / "compact"
    for path in folder.glob("*.onnx"):
        text = path.read_bytes()
        assert b"site-packages" not in text
        assert str(REPOSITORY).encode() not in text


def test_a_new_bundle_takes_the_place_of_the_old(tmp_path: Path, without_graphs: None):
    for card in ("# old\n", "# new\n"):
        export_tiny(tmp_path / "mine", card)
    assert open_bundle(tmp_path / "mine").card == "# new\n"
    assert listed(tmp_path) == ["mine"]


def test_graphs_that_differ_from_torch_are_refused_and_nothing_is_left(
    tmp_path: Path, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(tiny_bundle, tmp_path / "mine")
    monkeypatch.setattr(bundle_writer, "_to_onnx", lambda *given: shutil.copy(tiny_bundle / "encoder.onnx", given[-1]))
    monkeypatch.setattr(bundle_writer, "PARITY", -1.0)
    with pytest.raises(RespinError, match=r"encoder\.onnx: z differs from torch by .* not exported"):
        export_tiny(tmp_path / "mine")
    assert listed(tmp_path) == ["mine"]
    open_bundle(tmp_path / "mine").verify()
    assert open_bundle(tmp_path / "mine").card == open_bundle(tiny_bundle).card


def test_parity_finds_other_weights(tiny_bundle: Path):
    """The graph of a bundle against the networks it was made of, and against others."""
    z, target = torch.randn(1, 8, 4, 8, 12), torch.tensor([2])
    given = {"z": z, "target": target}
    check_parity(tiny_bundle / "ms_spade.onnx", networks(TINY)["ms_spade"], given, ("z_prior",))
    with pytest.raises(RespinError, match="z_prior differs from torch"):
        check_parity(tiny_bundle / "ms_spade.onnx", networks(TINY, seed=1)["ms_spade"], given, ("z_prior",))


def test_parity_tells_targets_apart(tiny_bundle: Path):
    """A graph in which the target was frozen would pass on the target of its own tracing alone."""
    z, network = torch.randn(1, 8, 4, 4, 4), networks(TINY)["ms_spade"]
    for target in range(5):
        given = {"z": z, "target": torch.tensor([target])}
        check_parity(tiny_bundle / "ms_spade.onnx", network, given, ("z_prior",))


@pytest.mark.parametrize("preset", [SMALL_RELEASED, SMALL_PAPER], ids=lambda preset: preset.name)
def test_one_graph_serves_every_target_of_the_other_families(preset: Preset, tmp_path: Path):
    """Traced on one target and size, compared with torch on all the others."""
    network, latent = networks(preset)["ms_spade"], preset.autoencoder.latent
    path = tmp_path / "ms_spade.onnx"
    small = {"z": torch.randn(1, latent, 4, 5, 6), "target": torch.tensor([0])}
    bundle_writer._to_onnx(network, small, ("z_prior",), path)
    for target in range(len(preset.modalities)):
        large = {"z": torch.randn(1, latent, 8, 6, 7), "target": torch.tensor([target])}
        check_parity(path, network, large, ("z_prior",))


def test_parity_refuses_what_is_no_number(tiny_bundle: Path):
    made = networks(TINY)["autoencoder"]
    assert isinstance(made, Autoencoder)
    given = {"z": torch.full((1, 8, 4, 4, 4), torch.nan), "target": torch.tensor([2])}
    with pytest.raises(RespinError, match="differs from torch by nan"):
        check_parity(tiny_bundle / "ms_spade.onnx", networks(TINY)["ms_spade"], given, ("z_prior",))


PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
from tests.engine.test_bundle_writer import export_tiny
from engine import bundle_writer
from engine.assets import assets

source, place = Path(sys.argv[1]), Path(sys.argv[2])

def copied(preset, made, folder):
    for name in ("encoder", "ms_spade", "decoder"):
        shutil.copy(source / f"{name}.onnx", folder)

def export_and_die(out, count):
    calls, real = [], os.replace
    def replace(*given):
        calls.append(given)
        if len(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*given)
    os.replace = replace
    export_tiny(out)

bundle_writer.export_graphs = copied
for count in range(1, 6):
    child = os.fork()
    if not child:
        export_and_die(place / str(count) / "mine", count)
        os._exit(0)
    print(count, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_kill_9_never_leaves_half_a_bundle_under_its_name(tmp_path: Path, tiny_bundle: Path):
    """Killed before each rename: of the weights, the card, the manifest, the old folder, the new folder."""
    for count in range(1, 6):
        shutil.copytree(tiny_bundle, tmp_path / str(count) / "mine")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tiny_bundle), str(tmp_path)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["1", "-9", "2", "-9", "3", "-9", "4", "-9", "5", "-9"], done.stderr
    for count in range(1, 6):
        place = tmp_path / str(count)
        if count < 5:
            bundle = open_bundle(place / "mine")
            bundle.verify()
            assert bundle.card == open_bundle(tiny_bundle).card
        else:  # between the two renames: nothing under the name, both folders whole beside it
            assert not (place / "mine").exists()
            whole = sorted(path.parent for path in place.glob(".mine.*/*/manifest.json"))
            assert [path.name for path in whole] == ["mine", "replaced"]
            for path in whole:
                open_bundle(path).verify()


def test_without_the_exporter_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RespinError, match="Writing a bundle needs onnx and onnxscript"):
        export_tiny(tmp_path / "deep" / "mine")
    assert listed(tmp_path) == []
