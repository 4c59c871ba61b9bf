"""A quick look at a run tells what the engine's own metrics tell."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.levels import Levels
from engine.modality import Modality
from engine.networks.model import build_autoencoder, build_ms_spade
from tests.bundles import TINY, networks
from tests.training.conftest import FOUR
from training import checkpoint, probe
from training.data import Subject
from training.probe import Look, looked, table


def test_perfect_networks_are_told_so(subjects: list[Subject], monkeypatch: pytest.MonkeyPatch):
    """Every answer is the truth of its target."""
    subject = subjects[0]
    made = nn.ModuleDict(networks(TINY))
    images = [torch.from_numpy(np.asarray(subject.images[m], np.float32)) for m in FOUR]

    def decode(z, skip, drafts, target):
        cut = probe.middle(subject.mask.shape[2], 12)
        return images[int(target)][None, None, ..., cut]

    monkeypatch.setattr(made["autoencoder"], "decode", decode)
    pairs = [(a, b) for a in FOUR for b in FOUR if a is not b]
    levels = {(a, b): Levels(*subject.levels[b]) for a, b in pairs}
    looks = list(looked(made, TINY, subject, levels, 12))
    assert {(look.source, look.target) for look in looks} == {*pairs, *((m, m) for m in FOUR)}
    assert all(look.psnr > 100 and look.ssim > 0.999 for look in looks)
    assert all(look.sharpness == pytest.approx(1) for look in looks)


def test_a_wrong_level_costs_psnr_and_the_best_line_mends_it():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.2, 0.6, (16, 16, 16)).astype(np.float32)
    inside = np.ones(truth.shape, bool)
    look = probe._look((Modality.T1, Modality.T2), truth + np.float32(0.1), truth, inside)
    assert look.psnr == pytest.approx(20, abs=1e-3)  # 10 log10(1 / 0.1^2)
    assert look.levelled > 60
    blurred = probe._look((Modality.T1, Modality.T2), (truth - 0.4) / 2 + 0.4, truth, inside)
    assert blurred.sharpness == pytest.approx(0.25, rel=1e-3)


def test_the_table_has_means_by_direction():
    t1, t2 = Modality.T1, Modality.T2
    looks = [Look(t1, t2, 16, 18, 0.5, 0.4), Look(t1, t2, 18, 20, 0.7, 0.6), Look(t1, t1, 26, 27, 0.9, 0.7)]
    lines = table([*looks, Look(t2, t1, 11, 12, 0.3, 0.2)]).splitlines()
    assert lines[1].split() == ["T1", "->", "T2", "17.00", "19.00", "0.6000", "0.500"]
    assert lines[-2].split() == ["all", "directions", "15.00", "16.67", "0.5000", "0.400"]
    assert lines[-1].split() == ["reconstruction", "26.00", "27.00", "0.9000", "0.700"]


@pytest.mark.usefixtures("tiny_recipes")
def test_a_run_is_looked_at_by_its_averaged_weights(folder: Path, tmp_path: Path):
    parts = nn.ModuleDict({"autoencoder": build_autoencoder(TINY), "ms_spade": build_ms_spade(TINY)})
    (tmp_path / "autoencoder").mkdir()
    checkpoint.save(tmp_path / "autoencoder" / "state.pt", {"average": parts.state_dict()})
    told = probe.probe(folder, "tiny", tmp_path, 12, 1).splitlines()
    assert len(told) == 1 + 12 + 2
    assert not any("nan" in line for line in told)
