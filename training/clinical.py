"""Raw scans of one session, each on its own grid, with skull and thick slices: synthesis against the registered truth.

The engine makes the target on the source's grid, as a reader would have it made. The real target is brought onto that
grid by a rigid registration of the heads; the mask is the brain that the engine finds in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from engine.brain import extract, has_skull
from engine.bundle import open_bundle
from engine.device import choose
from engine.files import Scan, read, write_text
from engine.modality import Modality
from engine.progress import finish
from engine.synthesis import Request
from engine.translator import Translator
from engine.volume import Floats, Volume, foreground
from training import tables
from training.align import register, resampled, shift
from training.clinical_figure import Line, figure
from training.evaluate import Maps, Way, floor, learn_maps, teachers
from training.layouts import find_subjects
from training.scoring import Row, score

_ABOUT = """\
Raw scans: each real target was registered rigidly onto the source's grid (mutual information) and counts inside the
brain that the engine found in the source. PSNR (dB), NMSE, SSIM by the definitions of `engine.metrics`; no fit to the
truth. *copy* is the source itself; *map*, where it stands, the mean target intensity of each source intensity in other
subjects. Interpolating the truth onto thick slices blurs it: the figures are of this pair of grids alone.
"""

Moves = Mapping[tuple[Modality, Modality], Any]
Truths = Mapping[Modality, Volume]
_NO_MAP = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Session:
    """One visit of one patient.

    scans:  by contrast, as scanned;  brains: the same with 0 outside the brain
    moves:  for (source, target) the rigid transform by which the target is found from the source
    """

    name: str
    scans: dict[Modality, Scan]
    brains: dict[Modality, Volume]
    moves: Moves

    def truth(self, source: Modality, target: Modality) -> Volume:
        """The real target on the source's grid, inside the brain and where both were scanned; 0 elsewhere."""
        brain = self.brains[source]
        real = resampled(self.scans[target].volume, brain, self.moves[source, target])
        return real.with_data(np.where(foreground(brain.data), real.data, 0))

    def moved(self, source: Modality, target: Modality) -> Floats:
        """(3,) mm, RAS+: how far the middle of the source's brain lies from where it is in the target."""
        brain = self.brains[source]
        middle = brain.ras(np.argwhere(foreground(brain.data)).mean(axis=0))
        return shift(self.moves[source, target], middle)


def read_session(name: str, paths: Mapping[Modality, Path], threads: int | None = None) -> Session:
    """Read, find the brains, and register every pair of heads once."""
    scans = {modality: read(path) for modality, path in paths.items()}
    brains = {m: _brain(scan.volume, threads) for m, scan in scans.items()}
    moves: dict[tuple[Modality, Modality], Any] = {}
    for one, other in combinations(scans, 2):
        move = register(scans[one].volume, scans[other].volume)
        moves |= {(one, other): move, (other, one): move.GetInverse()}
    return Session(name, scans, brains, moves)


def _brain(volume: Volume, threads: int | None) -> Volume:
    return finish(extract(volume, threads)) if has_skull(volume) else volume


def evaluate(
    data: Path, model: Path, out: Path, ways: Sequence[Way], learn_from: Path | None = None, threads: int | None = None
) -> str:
    """Measure a bundle on every session of a folder: `out`/clinical.md, scores.csv and a picture a source.

    ways:       the bundle's own where empty
    learn_from: folder of brains on one grid, whose training subjects teach the map; None: no map
    """
    bundle = open_bundle(model)
    translator = Translator(bundle, choose("auto", threads))
    ways = ways or (Way(bundle.default_mode),)
    maps = _maps(learn_from) if learn_from else {}
    rows: list[Row] = []
    text = _ABOUT
    for name, paths in find_subjects(data).items():
        session = read_session(name, paths, threads)
        own = list(measure(session, translator, ways, maps, out))
        rows += own
        text += f"\n## {name}\n\nInside the brain:\n\n{tables.directions(own)}\n{_told(session)}"
    out.mkdir(parents=True, exist_ok=True)
    tables.to_csv(rows, out / "scores.csv")
    write_text(out / "clinical.md", text)
    return text


def measure(session: Session, translator: Translator, ways: Sequence[Way], maps: Maps, out: Path) -> Iterator[Row]:
    """Rows of every direction of a session that the bundle knows, floors first; a picture for each source and way."""
    bundle = translator.bundle
    for source, scan in session.scans.items():
        brain = session.brains[source]
        truths = {t: session.truth(source, t) for t in bundle.targets(source) if t in session.scans}

        def row(way: str, target: Modality, made: Volume, source: Modality = source, truths: Truths = truths) -> Row:
            seen = made.with_data(np.where(truths[target].data != 0, made.data, 0))
            return score(bundle.name, session.name, (source, target), way, seen, truths[target], None)

        for target in truths:
            yield row("copy", target, floor("copy", brain, _NO_MAP))
            if (source, target) in maps:
                yield row("map", target, floor("map", brain, maps[source, target]))
        for way in ways:
            request = Request(source, tuple(truths), way.mode, samples=way.samples)
            made = finish(translator.synthesize(replace(scan, volume=brain), request))
            yield from (row(way.name, result.target, result.volume) for result in made)
            lines = [Line(result.target, result.volume, truths[result.target]) for result in made]
            figure(source, brain, lines, out / f"{session.name}_{source.value}_{way.mode.value}.png")


def _maps(folder: Path) -> Maps:
    found = find_subjects(folder)
    return learn_maps([found[name] for name in teachers(found)])


def _told(session: Session) -> str:
    """How far each head had moved: what a reader checks the registration by."""
    pairs = combinations(session.scans, 2)
    lengths = {pair: float(np.linalg.norm(session.moved(*pair))) for pair in pairs}
    words = [f"{one.label} and {other.label} {mm:.1f} mm" for (one, other), mm in lengths.items()]
    return f"Apart before registration, at the middle of the brain: {', '.join(words)}.\n"
