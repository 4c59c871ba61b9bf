"""The story: a scan in one contrast becomes the same brain in another."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import __version__, brain, cautions, heap
from engine.alarms import round_trip, way_back
from engine.bundle import Bundle
from engine.calibration import bare
from engine.device import Device, choose
from engine.errors import BadBundle, UnknownModality
from engine.files import Scan, unsaved
from engine.interrupt import interruptible
from engine.levels import Levels, Profile, profile
from engine.modality import Modality
from engine.preprocess import Placement, from_model, tissue, to_model
from engine.preview import Preview, Previews
from engine.progress import Step, Work, finish
from engine.refiner import Refiner
from engine.sampling import Plan
from engine.setback import retreat, setback
from engine.sharpening import UnsharpMask
from engine.stages import Passed, Stages
from engine.synthesis import FULL_SCALE, Mode, Request, Synthesis, way_name
from engine.volume import Volume

Floats = npt.NDArray[np.float32]


class Translator:
    """Runs a bundle on a device (None: the best one here). Weights are loaded at the first synthesis and kept."""

    def __init__(self, bundle: Bundle, device: Device | None = None) -> None:
        self.bundle, self.device = bundle, device or choose()
        self._stages: Stages | None = None
        self._refiner: Refiner | None = None

    def translate(
        self, given: Scan | Volume, source: str, target: str, mode: str | None = None, samples: int = 1, seed: int = 0
    ) -> Synthesis:
        """One target at once, for a notebook: contrasts and mode by their names ("t1", "flair", "prior")."""
        scan = given if isinstance(given, Scan) else unsaved(given)
        wanted = (Modality.parse(target),)
        request = Request(Modality.parse(source), wanted, Mode(mode) if mode else None, samples=samples, seed=seed)
        return finish(self.synthesize(scan, request))[0]

    def synthesize(self, scan: Scan, request: Request) -> Work[tuple[Synthesis, ...]]:
        """The targets asked for, on the scan's own grid. One encode serves all targets and all samples."""
        self._check(request)
        told: list[str] = []
        while True:
            if not self.device.frugal:
                heap.keep()
            try:
                return (yield from interruptible(self._synthesize(scan, request, told), self._stop))
            except Exception as error:
                if (reason := setback(error)) is None:
                    raise
                self.device = retreat(reason, self.device, self.bundle.name, scan.name)
                told.append(f"On the way {reason.value}; it was done again on {self.device.description}.")
            finally:
                heap.give_back()
            self._stages = self._refiner = None

    def _synthesize(self, scan: Scan, request: Request, told: list[str]) -> Work[tuple[Synthesis, ...]]:
        clock, warnings = _Clock(), [*scan.warnings, *told, *cautions.before(scan, request.source)]
        volume = yield from self._brain(scan, clock, warnings)
        warnings += self.bundle.familiar.of_brain(volume, request.source)
        with clock("prepare"):
            yield Step("prepare", 0, 1)
            image, placement = to_model(volume, self.bundle.preset.grid)
        with clock("load"):
            yield Step("load", 0, 1)
            stages = self._load()
        with clock("encode"):
            yield Step("encode", 0, 1)
            z, passed = stages.encode(image, self.bundle.preset.index(request.source))
            inside = tissue(image, self.bundle.preset.grid)
            sharpen = UnsharpMask(inside, self.bundle.sharpening)
            source = _Source(volume, placement, image, inside, profile(image, inside), z, passed, sharpen)
            loss = self._look_at_source(source, request.source, warnings)
        previews = source.previews(request.preview)
        results: list[Synthesis] = []
        for target in request.targets:
            lap = clock.lap()
            decoded = yield from self._translate(source, request, target, previews, lap)
            with lap("place"):
                yield Step("place", 0, 1)
                result = self._place(decoded, source, request, target)
                back, alarm = self._way_back(decoded[0], source, request.source, target)
            made = self._told(result, lap, request, target, [*warnings, *alarm])
            results.append(replace(made, record=made.record | {"round_trip_loss": loss, "way_back_loss": back}))
        return tuple(results)

    def _translate(
        self, source: _Source, request: Request, target: Modality, previews: Previews | None, clock: _Clock
    ) -> Work[list[Floats]]:
        """MS-SPADE, denoise, decode: one image in model units for every sample."""
        stages, index, plan = self._load(), self.bundle.preset.index(target), self._plan(request, target)
        decoded: list[Floats] = []
        with clock("ms-spade"):
            yield Step("ms-spade", 0, 1)
            z = self._refine().quantize(source.z) if "source" in self.bundle.preset.quantize else source.z
            z_prior = stages.transform(z, index)
        for n in range(1 if plan.mode is Mode.PRIOR else request.samples):
            latent = z_prior
            if plan.mode is not Mode.PRIOR:
                with clock("denoise"):
                    sampling = self._refine().sample(z_prior, z, index, plan, request.seed + n)
                    see = partial(self._see, source, previews, request.source, target, z_prior)
                    latent = yield from _seen(sampling, see)
            with clock("decode"):
                yield Step("decode", n, request.samples)
                decoded.append(stages.decode(latent, source.passed, index))
        return decoded

    def _see(
        self, source: _Source, previews: Previews | None, origin: Modality, target: Modality, z_prior: Floats
    ) -> Preview | None:
        """A look at the estimate where one is wanted and due; before the sampler's first step at the prior."""
        if previews is None or not previews.due:
            return None
        seen, cut = self._refine().seen, previews.cut
        passed, factor = source.passed.slab(cut, z_prior.shape[-1]), self.bundle.preset.downsampling
        inside = source.inside[:, :, cut.start * factor : cut.stop * factor]

        def decode() -> Floats:
            slab = z_prior[..., cut] if seen is None else seen(cut)
            image = self._load().decode(slab, passed, self.bundle.preset.index(target))
            return to_file_units(image, inside, self.bundle.levels[origin, target].of(source.profile))

        return previews.make(target, decode)

    def _look_at_source(self, source: _Source, modality: Modality, warnings: list[str]) -> float | None:
        """Add what the encoder tells of a source; returns what the round trip loses, None where it is not known."""
        familiar = self.bundle.familiar
        if modality not in familiar.kin:
            return None
        warnings += familiar.of_latent(source.z, source.inside, modality)
        encoded, index = (source.z, source.passed), self.bundle.preset.index(modality)
        loss = round_trip(self._load(), source.image, encoded, source.inside, index)
        warnings += familiar.of_round_trip(loss, modality)
        return round(loss, 4)

    def _way_back(
        self, decoded: Floats, source: _Source, modality: Modality, target: Modality
    ) -> tuple[float | None, tuple[str, ...]]:
        """What is lost on the way to the target and back, and what that tells; None where it can tell nothing."""
        preset, familiar = self.bundle.preset, self.bundle.familiar
        if not familiar.knows_way_back(modality, target):
            return None, ()
        quantize = self._refine().quantize if "source" in preset.quantize else None
        pair = preset.index(modality), preset.index(target)
        loss = way_back(self._load(), quantize, source.image, decoded, source.inside, pair)
        return round(loss, 4), familiar.of_way_back(loss, modality, target)

    def _place(self, decoded: list[Floats], source: _Source, request: Request, target: Modality) -> _Placed:
        """Expected image and how far the truth may lie from it, in file units on the scan's grid."""
        levels = self.bundle.levels[request.source, target].of(source.profile)
        mode = self._plan(request, target).mode
        if mode is Mode.PRIOR:
            decoded = [source.sharpen(image) for image in decoded]
        samples = np.stack([to_file_units(image, source.inside, levels) for image in decoded])
        mean, spread = samples.mean(axis=0), samples.std(axis=0) if len(samples) > 1 else None
        way = way_name(mode, len(samples))
        known = self.bundle.calibration
        doubt = known.doubt((request.source, target), way, source.image, mean, spread) if known else bare(spread)
        volume = from_model(mean, source.volume, source.placement)
        if doubt is None:
            return _Placed(volume, None, None)
        return _Placed(volume, from_model(doubt.map, source.volume, source.placement), doubt.told)

    def _told(
        self,
        result: _Placed,
        clock: _Clock,
        request: Request,
        target: Modality,
        warnings: list[str],
    ) -> Synthesis:
        plan, grid = self._plan(request, target), self.bundle.preset.grid
        record: dict[str, Any] = {
            "model": self.bundle.name,
            "model_hash": self.bundle.hash,
            "code_version": __version__,
            "mode": plan.mode.value,
            "sampler": _SAMPLERS[plan.mode],
            "steps": plan.steps,
            "start_timestep": plan.start if plan.mode is Mode.SHORTCUT else None,
            "seed": request.seed,
            "samples": 1 if plan.mode is Mode.PRIOR else request.samples,
            "sharpening": self.bundle.sharpening if plan.mode is Mode.PRIOR else 0.0,
            "uncertainty": result.doubt,
            "device": self.device.description,
            "runtime": self._load().description,
            "preprocessing": f"foreground {grid.units}; {grid.spacing:g} mm grid",
        }
        seconds = clock.seconds | {"total": sum(clock.seconds.values())}
        told = tuple(dict.fromkeys(warnings))
        return Synthesis(request.source, target, result.volume, result.uncertainty, seconds, record, told)

    def _brain(self, scan: Scan, clock: _Clock, warnings: list[str]) -> Work[Volume]:
        if not brain.has_skull(scan.volume):
            return scan.volume
        with clock("brain"):
            warnings.append("The scan shows the skull: the brain was extracted, and the rest is 0 in the result.")
            volume = yield from brain.extract(scan.volume, self.device.threads)
            warnings += cautions.of_brain(volume)
            return volume

    def _check(self, request: Request) -> None:
        possible = self.bundle.targets(request.source)
        for target in request.targets:
            if target not in possible:
                known = ", ".join(m.value for m in possible) or "nothing"
                raise UnknownModality(
                    f"The model '{self.bundle.name}' cannot make {target.label} from {request.source.label}; "
                    f"from {request.source.label} it makes {known}."
                )
            self._plan(request, target)

    def _plan(self, request: Request, target: Modality) -> Plan:
        mode = request.mode or self.bundle.default_mode
        if mode is Mode.PRIOR:
            return Plan(mode, 0)
        steps = request.steps or self.bundle.steps.get(mode)
        if steps is None:
            raise BadBundle(f"The model '{self.bundle.name}' recommends no steps for {mode.value}; give their number.")
        return Plan(mode, steps, self.bundle.starts[request.source, target])

    def _stop(self) -> None:
        """From another thread: whatever network is at work ends."""
        for part in (self._stages, self._refiner):
            if part is not None:
                part.stop()

    def _load(self) -> Stages:
        if self._stages is None:
            self.bundle.verify()
            self._stages = Stages(self.bundle.directory, self.device, self.bundle.preset)
        return self._stages

    def _refine(self) -> Refiner:
        if self._refiner is None:
            self._refiner = Refiner(self.bundle, self.device)
        return self._refiner


@dataclass(frozen=True, eq=False)
class _Source:
    """The source inside the model.

    volume: the brain on the scan's grid;  image: (x, y, z) in model units;  inside: where the brain is in it
    profile: how its intensities are spread there, for the levels of the targets
    z:      (latent, i, j, k), passed: what reaches the decoder beside it
    sharpen: what results of the prior are given
    """

    volume: Volume
    placement: Placement
    image: Floats
    inside: npt.NDArray[np.bool_]
    profile: Profile
    z: Floats
    passed: Passed
    sharpen: UnsharpMask

    def previews(self, ras: tuple[float, float, float] | None) -> Previews | None:
        """Looks at the axial slice through a world point (mm); None where none are wanted."""
        if ras is None:
            return None
        affine, depth = self.placement.affine(self.volume), self.z.shape[-1]
        at = (np.linalg.inv(affine) @ [*ras, 1.0])[:3]
        return Previews(at, affine, depth, self.inside.shape[-1] // depth, self.volume.oriented)


@dataclass(frozen=True, eq=False)
class _Placed:
    """One result on the scan's grid, with its map of uncertainty and what that means."""

    volume: Volume
    uncertainty: Volume | None
    doubt: dict[str, Any] | None


def _seen(sampling: Work[Floats], see: Callable[[], Preview | None]) -> Work[Floats]:
    """The sampler's own steps, with a preview in one now and then."""
    while True:
        try:
            step = next(sampling)
        except StopIteration as end:
            return end.value
        yield replace(step, preview=see()) if step.done < step.total else step


_SAMPLERS = {
    Mode.PRIOR: "none",
    Mode.SHORTCUT: "UniPC, Karras",
    Mode.FULL: "UniPC, Karras",
    Mode.REFERENCE: "DDIM",
}


def to_file_units(image: Floats, inside: npt.NDArray[np.bool_], levels: Levels) -> Floats:
    """Model units -> 0 and 1000 where the model expects the real 0.5 and 99.5 percentiles; 0 outside the brain.

    Inside the brain nothing is 0 or less: 0 is the background's alone.
    """
    scaled = (image - levels.low) * (FULL_SCALE / (levels.high - levels.low))
    return np.where(inside, np.maximum(scaled, 1), 0).astype(np.float32)


class _Clock:
    """Seconds by stage. A generator's pauses inside a stage count: they are short, and the work is not."""

    def __init__(self, seconds: dict[str, float] | None = None) -> None:
        self.seconds: dict[str, float] = seconds or {}

    @contextmanager
    def __call__(self, stage: str) -> Generator[None]:
        """Add what runs inside to a stage."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    def lap(self) -> _Clock:
        """A clock that has these seconds and goes on for one target."""
        return _Clock(dict(self.seconds))
