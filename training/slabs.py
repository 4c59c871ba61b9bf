"""Results and their errors on a few slices in the middle of each brain: a tenth of the work, for calibrating."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from engine.alarms import middle
from engine.bundle import Bundle
from engine.calibration import standardised
from engine.device import Device
from engine.files import Scan
from engine.levels import profile
from engine.metrics import FULL_SCALE, to_unit
from engine.modality import Modality
from engine.preprocess import Placement, resample, tissue, to_model
from engine.progress import finish
from engine.refiner import Refiner
from engine.sampling import Plan
from engine.sharpening import UnsharpMask
from engine.stages import Floats, Passed, Stages
from engine.synthesis import Mode
from engine.translator import to_file_units
from engine.volume import RAS, turn
from training.conformal import Errors
from training.evaluate import Way

_AROUND = 12
"""Slices on both sides that the encoder sees beyond those that are compared."""
_EVERY = 3
"""Of the brain's voxels one in so many is kept: neighbours tell the same."""


class Slabs:
    """Translates the middle of scans, with what lies around it, as the translator does the whole of them.

    depth: slices of the model grid that are compared
    """

    def __init__(self, bundle: Bundle, device: Device, depth: int) -> None:
        self.bundle, self.depth = bundle, depth
        self._stages, self._refiner = Stages(bundle.directory, device, bundle.preset), Refiner(bundle, device)

    def errors(self, scans: Mapping[Modality, Scan], source: Modality, way: Way) -> Iterator[tuple[Modality, Errors]]:
        """Every target that the subject has a real scan of."""
        image, placement = to_model(scans[source].volume, self.bundle.preset.grid)
        inside = tissue(image, self.bundle.preset.grid)
        cut, seen = middle(image.shape[2], self.depth), profile(image, inside)
        wide = slice(max(cut.start - _AROUND, 0), min(cut.stop + _AROUND, image.shape[2]))
        within = slice(cut.start - wide.start, cut.stop - wide.start)
        z, passed = self._stages.encode(np.ascontiguousarray(image[..., wide]), self.bundle.preset.index(source))
        brain = inside[..., wide]
        sharpen = UnsharpMask(brain, self.bundle.sharpening if way.mode is Mode.PRIOR else 0)
        standard = np.zeros_like(image)
        standard[inside] = standardised(image[inside])
        for target in (target for target in self.bundle.targets(source) if target in scans):
            levels = self.bundle.levels[source, target].of(seen)
            decoded = (sharpen(image) for image in self._decoded(z, passed, (source, target), way))
            samples = np.stack([to_file_units(sample, brain, levels)[..., within] for sample in decoded])
            truth = _truth(scans[target], placement)[..., cut]
            both = inside[..., cut] & (truth >= 0)
            made = samples.mean(axis=0)
            error = np.abs(np.minimum(made, FULL_SCALE) - truth)
            parts = (standard[..., cut], made, samples.std(axis=0), error)
            yield target, Errors(*(part[both][::_EVERY].astype(np.float32) for part in parts))

    def _decoded(self, z: Floats, passed: Passed, pair: tuple[Modality, Modality], way: Way) -> Iterator[Floats]:
        """One image in model units a sample."""
        index = self.bundle.preset.index(pair[1])
        z = self._refiner.quantize(z) if "source" in self.bundle.preset.quantize else z
        z_prior = self._stages.transform(z, index)
        for seed in range(way.samples):
            latent = z_prior
            if way.mode is not Mode.PRIOR:
                plan = Plan(way.mode, self.bundle.steps[way.mode], self.bundle.starts[pair])
                latent = finish(self._refiner.sample(z_prior, z, index, plan, seed))
            yield self._stages.decode(latent, passed, index)


def _truth(real: Scan, placement: Placement) -> npt.NDArray[np.float32]:
    """The real target on the model grid of its source, in file units; -1 where it shows no brain."""
    brain = real.volume.data != 0
    unit = FULL_SCALE * to_unit(real.volume, brain)
    there = (placement.scale, placement.offset, placement.shape)
    values, weight = (
        resample(turn(part.astype(np.float32), placement.orientation, RAS), *there) for part in (unit * brain, brain)
    )
    return np.where(weight > 0.5, values / np.maximum(weight, 0.5), -1).astype(np.float32)
