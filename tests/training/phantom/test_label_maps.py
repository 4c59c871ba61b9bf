"""The real label maps, where they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.modality import Modality
from training.phantom import anatomy as parts
from training.phantom.anatomy import from_label_map, label_maps
from training.phantom.patients import Phantom
from training.phantom.scanner import Scanner

PERFECT = Scanner(bias=(0, 1e-6), noise=(1e-6, 2e-6), thick=0.0, moved=0.0)


@pytest.mark.parametrize("kind", ["brainweb", "synthseg"])
def test_a_real_brain_has_its_volumes_and_contrasts(data: Path, kind: str):
    path = label_maps(data / "label-maps" / kind)[-1]
    anatomy = from_label_map(path)
    litres = np.bincount(anatomy.labels.ravel(), minlength=22) * float(np.prod(anatomy.spacing)) * 1e-6
    assert 0.8 < litres[list(parts.SOLID)].sum() < 1.9
    assert 0.002 < litres[parts.VENTRICLE] < 0.12
    phantom = Phantom(maps=(path,), size=(64, 76, 64), tissue=0, texture=0, protocol=0, scanner=PERFECT)
    images = replace(phantom, health=(1, 0, 0)).patient(0).images
    inside = images[Modality.T1] > 0
    t1, t2, flair = (images[m][inside] / 500 for m in (Modality.T1, Modality.T2, Modality.FLAIR))
    water, white = t2 > 2.8, (t2 > 0.9) & (t2 < 1.1)
    assert water.sum() > 100 and white.sum() > 1000
    assert np.median(t1[water]) < 0.75 * np.median(t1[white])
    assert np.median(flair[water]) < 0.6 < 0.9 < np.median(flair[white])
