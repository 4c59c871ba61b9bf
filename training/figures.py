"""Pictures like the paper's figure 6: sources (lines), targets (columns), the real scan on the diagonal.

Every picture says that it is synthetic.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.files import Scan, write_bytes
from engine.metrics import FULL_SCALE, to_unit
from engine.modality import Modality
from engine.synthesis import Synthesis
from engine.volume import RAS, Array, orientation_of, turn
from training.montage import Picture, grey, signed, write_png

Slices = dict[str, npt.NDArray[np.float32]]
"""Of "source", "truth" and "made", (h, w) between 0 and 1: axial, front up, the patient's right on the left."""

_GAP = 2
_WORST = 0.3
"""Of the full scale: a difference shown in full colour."""


def keep_slices(path: Path, scans: Mapping[Modality, Scan], made: Synthesis, lesion: Array | None) -> None:
    """Source, truth and result at one height, for figures that are drawn when all is measured."""
    source, truth = scans[made.source].volume, scans[made.target].volume
    orientation = orientation_of(source.affine)
    turned = turn(lesion if lesion is not None and lesion.any() else source.data != 0, orientation, RAS)
    height = int(np.argmax(np.count_nonzero(turned, axis=(0, 1))))
    units = {
        "source": to_unit(source, source.data != 0) * (source.data != 0),
        "truth": to_unit(truth, truth.data != 0) * (truth.data != 0),
        "made": np.clip(made.volume.data / FULL_SCALE, 0, 1),
    }
    slices = {name: turn(data, orientation, RAS)[::-1, ::-1, height].T for name, data in units.items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, **{name: cut.astype(np.float32) for name, cut in slices.items()})  # pyright: ignore
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, stream.getvalue())


def figure_6(kept: Mapping[tuple[Modality, Modality], Path], out: Path, way: str) -> None:
    """Write the picture from what `keep_slices` kept, by source and target; beside each result its error."""
    known = [m for m in Modality if any(m in pair for pair in kept)]
    cut = {pair: dict(np.load(path)) for pair, path in kept.items()}
    shape = next(iter(cut.values()))["made"].shape
    lines: list[Picture] = []
    for source in known:
        cells = [_cell(cut, source, target, shape) for target in known]
        lines.append(np.concatenate(cells, axis=1))
    words = f"SYNTHETIC ({way}) - AI - not for diagnosis; rows: {' '.join(m.label for m in known)}; framed: real"
    write_png(out, np.concatenate(lines), words)


def _cell(
    cut: Mapping[tuple[Modality, Modality], Slices],
    source: Modality,
    target: Modality,
    shape: tuple[int, ...],
) -> Picture:
    """Result and its error, or the real scan and nothing; empty where nothing was made."""
    empty = np.zeros((*shape, 3), np.uint8)
    if source is target:
        real = next((slices["source"] for (origin, _), slices in cut.items() if origin is source), None)
        pair = (empty if real is None else _framed(grey(real, 1.0)), empty)
    elif (source, target) in cut:
        made, truth = cut[source, target]["made"], cut[source, target]["truth"]
        pair = (grey(made, 1.0), signed(made, truth, _WORST))
    else:
        pair = (empty, empty)
    return np.pad(np.concatenate(pair, axis=1), ((_GAP, _GAP), (_GAP, _GAP), (0, 0)))


def _framed(picture: Picture) -> Picture:
    framed = picture.copy()
    framed[[0, -1]] = framed[:, [0, -1]] = 255
    return framed
