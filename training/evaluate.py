"""What the radiologist gets, measured: the engine's own translator on subjects never trained on, beside the floors.

Every (bundle, subject, source, way) is kept in a file of its own as soon as it is measured: a run that was killed goes
on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from engine.bundle import Bundle
from engine.device import Device
from engine.errors import RespinError
from engine.files import Scan, read, write_text
from engine.levels import Levels, profile
from engine.metrics import FULL_SCALE, to_unit
from engine.modality import Modality
from engine.preprocess import from_model, tissue, to_model
from engine.presets import Preset
from engine.progress import finish
from engine.refiner import Refiner
from engine.stages import Floats, Passed, Stages
from engine.synthesis import Mode, Request, Synthesis, way_name
from engine.translator import Translator, to_file_units
from engine.volume import Array, Volume
from training.baselines.rival import Rival, open_rivals
from training.figures import keep_slices
from training.manifest import splits
from training.phantom.folder import is_phantom
from training.scoring import Row, score
from training.tables import RECONSTRUCTION

FLOORS = ("copy", "map")
SEGMENTATIONS = ("seg", "lesions")
"""Last words of the names of files that show where a lesion is."""
_BINS = np.linspace(0, 1, 129)

Curve = npt.NDArray[np.float64]
Maps = Mapping[tuple[Modality, Modality], Curve]


@dataclass(frozen=True)
class Way:
    """How z_prior becomes an image, and of how many samples the mean is taken."""

    mode: Mode
    samples: int = 1

    @property
    def name(self) -> str:
        """As it stands in the tables."""
        return way_name(self.mode, self.samples)


def ways_of(words: str) -> tuple[Way, ...]:
    """ "prior,shortcut,shortcut*4" -> the ways it names."""
    found: list[Way] = []
    for word in words.split(","):
        mode, _, samples = word.strip().partition("*")
        if mode not in [m.value for m in Mode] or not (samples or "1").isdigit() or samples == "0":
            known = ", ".join(m.value for m in Mode)
            raise RespinError(f"'{word}' is no way to evaluate: use {known}, or shortcut*4 for a mean of 4.")
        found.append(Way(Mode(mode), 1 if mode == Mode.PRIOR.value else int(samples or 1)))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, eq=False)
class Case:
    """One subject: scans by modality, and where a lesion is, (i, j, k), if anybody drew one."""

    name: str
    scans: dict[Modality, Scan]
    lesion: Array | None


def read_case(name: str, paths: Mapping[Modality, Path]) -> Case:
    """The contrasts of one subject, and its segmentation where one lies beside them."""
    scans = {modality: read(path) for modality, path in paths.items()}
    beside = next(iter(paths.values())).parent
    drawn = [path for word in SEGMENTATIONS for path in sorted(beside.glob(f"*_{word}.nii.gz"))]
    lesion = read(drawn[0]).volume.data if drawn else None
    shapes = {scan.volume.shape for scan in scans.values()}
    return Case(name, scans, lesion if lesion is not None and {lesion.shape} == shapes else None)


def teachers(found: Mapping[str, Any]) -> list[str]:
    """Whom a map is learnt from: the training subjects of a folder, real ones where there are any."""
    known = [name for name, split in splits(found).items() if split == "train"]
    return [name for name in known if not is_phantom(name)] or known


def learn_maps(cases: Sequence[Mapping[Modality, Path]]) -> Maps:
    """For every direction the mean target intensity of each source intensity, both on [0, 1], from these subjects."""
    totals: dict[tuple[Modality, Modality], npt.NDArray[np.float64]] = {}
    for paths in cases:
        units = {m: (to_unit(scan.volume, scan.volume.data != 0), scan) for m, scan in _read(paths).items()}
        inside = np.all([scan.volume.data != 0 for _, scan in units.values()], axis=0)
        for source, target in permutations(units, 2):
            index = np.digitize(units[source][0][inside], _BINS) - 1
            sums = totals.setdefault((source, target), np.zeros((2, len(_BINS))))
            sums[0] += np.bincount(index, units[target][0][inside], len(_BINS))
            sums[1] += np.bincount(index, minlength=len(_BINS))
    return {pair: _curve(*sums) for pair, sums in totals.items()}


def _curve(total: Curve, count: Curve) -> Curve:
    """Means by bin; a bin that nobody met takes its neighbours' value."""
    met = count > 0
    return np.interp(_BINS, _BINS[met], total[met] / count[met])


def _read(paths: Mapping[Modality, Path]) -> dict[Modality, Scan]:
    return {modality: read(path) for modality, path in paths.items()}


def floor(way: str, source: Volume, maps: Curve) -> Volume:
    """What costs nothing: the source itself, or the source through the intensity map; in a synthesis' units."""
    mask = source.data != 0
    unit = to_unit(source, mask)
    made = unit if way == "copy" else maps[np.digitize(unit, _BINS) - 1]
    return source.with_data(np.where(mask, made * FULL_SCALE, 0).astype(np.float32))


class Evaluation:
    """Measures one bundle. cache: a folder for what is measured already; baselines: runs of learnt floors."""

    def __init__(self, bundle: Bundle, device: Device, maps: Maps, cache: Path, baselines: Sequence[Path] = ()) -> None:
        self.bundle, self.maps, self.cache = bundle, maps, cache
        self.translator, self.refiner = Translator(bundle, device), Refiner(bundle, device)
        self.stages = _EncodesOnce(bundle.directory, device, bundle.preset)
        self.translator._stages = self.stages  # pyright: ignore[reportPrivateUsage] (every mode shares one encode)
        self.rivals = open_rivals(baselines, bundle, device, self.stages, self.refiner)

    def rows(self, name: str, paths: Mapping[Modality, Path], ways: Sequence[Way]) -> Iterator[Row]:
        """Every direction of a subject in every way, the floors, and the reconstruction of every contrast."""
        case: Case | None = None
        for source in (modality for modality in paths if self.bundle.targets(modality)):
            for way in ("floors", RECONSTRUCTION, *self.rivals, *ways):
                kept = self.place(name, paths, source, way)
                if not kept.is_file():
                    case = case or read_case(name, paths)
                    measured = list(self._measure(case, source, way, kept))
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    write_text(kept, json.dumps([row.to_json() for row in measured]))
                yield from (Row.from_json(row) for row in json.loads(kept.read_text(encoding="utf-8")))

    def place(self, name: str, paths: Mapping[Modality, Path], source: Modality, way: str | Way | Rival) -> Path:
        """Where this is kept: a name that tells bundle, subject, scans and way."""
        kind = str(way) if isinstance(way, str | Way) else f"{way.name} {way.digest}"
        told = [kind, sorted((m.value, p.name, p.stat().st_size, p.stat().st_mtime_ns) for m, p in paths.items())]
        if way == "floors":
            told += [curve.tobytes().hex() for pair, curve in self.maps.items() if pair[0] is source]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
        return self.cache / self.bundle.hash[:12] / name / f"{source.value}_{digest}.json"

    def _measure(self, case: Case, source: Modality, way: str | Way | Rival, kept: Path) -> Iterator[Row]:
        if way == RECONSTRUCTION:
            yield self._row(case, source, source, RECONSTRUCTION, self.reconstruct(case.scans[source], source))
            return
        targets = tuple(t for t in self.bundle.targets(source) if t in case.scans)
        if not isinstance(way, str):
            for made in self._made(case.scans[source], source, targets, way):
                keep_slices(kept.with_suffix(f".{made.target.value}.npz"), case.scans, made, case.lesion)
                yield self._row(case, source, made.target, way.name, made.volume)
            return
        for target in (target for target in targets if (source, target) in self.maps):
            for name in FLOORS:
                made = floor(name, case.scans[source].volume, self.maps[source, target])
                yield self._row(case, source, target, name, made)

    def _made(
        self, scan: Scan, source: Modality, targets: tuple[Modality, ...], way: Way | Rival
    ) -> Iterator[Synthesis]:
        """The targets as the engine makes them, or a learnt floor with the engine's preparation and levels."""
        if isinstance(way, Way):
            yield from finish(self.translator.synthesize(scan, Request(source, targets, way.mode, samples=way.samples)))
            return
        index, grid = self.bundle.preset.index, self.bundle.preset.grid
        image, placement = to_model(scan.volume, grid)
        inside = tissue(image, grid)
        seen = profile(image, inside)
        for target in targets:
            translated = way.translate(image, index(source), index(target))
            unit = to_file_units(translated, inside, self.bundle.levels[source, target].of(seen))
            yield Synthesis(source, target, from_model(unit, scan.volume, placement), None, {}, {})

    def _row(self, case: Case, source: Modality, target: Modality, way: str, made: Volume) -> Row:
        real = case.scans[target].volume
        return score(self.bundle.name, case.name, (source, target), way, made, real, case.lesion)

    def reconstruct(self, scan: Scan, modality: Modality) -> Volume:
        """A scan through encoder, codes and decoder, without anything that passes by the codes."""
        grid, index = self.bundle.preset.grid, self.bundle.preset.index(modality)
        image, placement = to_model(scan.volume, grid)
        z, passed = self.stages.encode(image, index)
        nothing = Passed(np.zeros_like(passed.skip), np.ones_like(passed.drafts))
        decoded = self.stages.decode(self.refiner.quantize(z), nothing, index)
        inside = tissue(image, grid)
        low, high = np.percentile(image[inside], [0.5, 99.5])  # of the scan itself: there is nothing to expect
        levels = Levels(float(low), float(high))
        return from_model(to_file_units(decoded, inside, levels), scan.volume, placement)


class _EncodesOnce(Stages):
    """Keeps the last encoding: all ways of a source share it."""

    def __init__(self, directory: Path, device: Device, preset: Preset) -> None:
        super().__init__(directory, device, preset)
        self._last: tuple[str, Any] | None = None

    def encode(self, image: Floats, source: int) -> tuple[Floats, Passed]:
        """As `Stages.encode`."""
        key = hashlib.sha256(image.tobytes()).hexdigest() + str(source)
        if self._last is None or self._last[0] != key:
            self._last = (key, super().encode(image, source))
        return cast("tuple[Floats, Passed]", self._last[1])
