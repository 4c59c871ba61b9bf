"""What the training subjects' scans have in common, as a bundle's manifest will say it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from engine.alarms import round_trip, way_back
from engine.bundle import open_bundle
from engine.device import Device
from engine.familiar import Familiar
from engine.modality import Modality
from engine.presets import COMPACT
from engine.stages import Stages
from tests.training.conftest import FOUR
from training.data import Subject
from training.diffusion import Latents
from training.familiar import learn, with_alarms


def latents_of(subjects: list[Subject]) -> list[Latents]:
    generator = torch.Generator().manual_seed(0)
    made: list[Latents] = []
    for subject in subjects:
        sides = [side // 4 for side in subject.mask.shape]
        z = {m: torch.randn((6, *sides), generator=generator) for m in subject.images}
        made.append(Latents(subject.name, z, torch.ones((1, *sides))))
    return made


def several(subjects: list[Subject]) -> list[Subject]:
    """Six of three, the second three a little darker."""
    darker = [
        replace(
            s, name=f"{s.name}-darker", images={m: np.asarray(image * np.float16(0.9)) for m, image in s.images.items()}
        )
        for s in subjects
    ]
    return [*subjects, *darker]


def test_every_contrast_that_enough_subjects_have_is_known(subjects: list[Subject]):
    known = several(subjects)
    familiar = learn(known, latents_of(known), COMPACT.grid)
    assert familiar.subjects == 6
    assert set(familiar.kin) == set(FOUR)
    assert all(len(kin.latent.mean) == 12 and kin.grain > 0 for kin in familiar.kin.values())


def test_too_few_subjects_teach_nothing(subjects: list[Subject]):
    familiar = learn(subjects, latents_of(subjects), COMPACT.grid)
    assert familiar.kin == {}
    assert familiar.subjects == 0


def test_simulated_patients_are_no_measure_of_real_ones(subjects: list[Subject]):
    known = several(subjects)
    made_up = [replace(s, name=f"Phantom_{at:05d}") for at, s in enumerate(subjects)]
    everyone = [*made_up, *known]
    assert learn(everyone, latents_of(everyone), COMPACT.grid).subjects == len(known)


def test_a_contrast_that_one_subject_lacks_counts_the_others(subjects: list[Subject]):
    known = several(subjects)
    known[0] = replace(known[0], images={m: image for m, image in known[0].images.items() if m is not Modality.T2})
    assert Modality.T2 in learn(known, latents_of(known), COMPACT.grid).kin


def test_the_limits_of_the_alarms_hold_every_training_subject(subjects: list[Subject], tiny_bundle: Path):
    known, bundle = several(subjects), open_bundle(tiny_bundle)
    familiar = with_alarms(learn(known, latents_of(known), COMPACT.grid), known, bundle, threads=1)
    stages, index = Stages(bundle.directory, Device("cpu", 1), bundle.preset), bundle.preset.index(Modality.T1)
    for subject in known:
        image = np.asarray(subject.images[Modality.T1], np.float32)
        share = round_trip(stages, image, stages.encode(image, index), image > 0, index)
        assert familiar.of_round_trip(share, Modality.T1) == ()
    kin = familiar.kin[Modality.T1]
    assert set(kin.back) == {"t1ce", "t2", "flair"}
    assert Familiar.from_json(familiar.to_json()) == familiar


def test_the_way_back_has_a_limit_of_its_own_for_every_target(subjects: list[Subject], tiny_bundle: Path):
    known, bundle = several(subjects), open_bundle(tiny_bundle)
    familiar = with_alarms(learn(known, latents_of(known), COMPACT.grid), known, bundle, threads=1)
    limits = {Modality(name): limit for name, limit in familiar.kin[Modality.T1].back.items()}
    stages, source = Stages(bundle.directory, Device("cpu", 1), bundle.preset), bundle.preset.index(Modality.T1)
    image = np.asarray(known[0].images[Modality.T1], np.float32)
    z, passed = stages.encode(image, source)
    for target, limit in limits.items():
        index = bundle.preset.index(target)
        made = stages.decode(stages.transform(z, index), passed, index)
        share = way_back(stages, None, image, made, image > 0, (source, index))
        assert share <= limit
        assert familiar.of_way_back(share, Modality.T1, target) == ()
    assert len(set(limits.values())) > 1


def test_a_contrast_that_one_subject_lacks_has_limits_all_the_same(subjects: list[Subject], tiny_bundle: Path):
    known, bundle = several(subjects), open_bundle(tiny_bundle)
    known[0] = replace(known[0], images={m: image for m, image in known[0].images.items() if m is not Modality.T2})
    familiar = with_alarms(learn(known, latents_of(known), COMPACT.grid), known, bundle, threads=1)
    assert 0 < familiar.kin[Modality.T2].lost <= 1
