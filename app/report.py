"""File > Save report: source and result on one page, with the numbers or the word that there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.render.slice_painter import slice_image
from app.report_page import Page, Picture, html, pdf
from app.state.card import limits, numbers
from app.state.kinship import truth as truth_of
from app.state.readout import convention, side_mm
from app.state.reporting import Wish, facts, pair_of
from app.state.slicing import resolve
from app.state.study import Entry, Study
from app.state.viewer import Plane, Viewer
from engine.errors import RespinError
from engine.files import write_bytes
from engine.progress import Step, Work
from engine.provenance import digest
from engine.synthesis import cautions_of

if TYPE_CHECKING:
    from engine.bundle import Bundle
    from engine.metrics import Scores

_SIZE = (328, 262)
"""Of a picture, in CSS pixels."""
_SHARP = 3.0
"""Pixels of the picture to one of those."""


@dataclass(frozen=True)
class Looked:
    """What is found out in the background. truth: of the real target, if one is open."""

    sha256: str | None
    scores: dict[str, Scores] | None
    doubt: str


class Reporting(QObject):
    """Writes the report where `choose` says, as PDF or HTML by the ending of the name."""

    def __init__(
        self,
        study: Study,
        viewer: Viewer,
        bundle: Bundle | None,
        lane: Lane,
        choose: Callable[[Path], Wish | None],
        say: Callable[[str, Path], None],
        complain: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._study, self._viewer, self._bundle, self._lane = study, viewer, bundle, lane
        self._choose, self._say, self._complain = choose, say, complain

    def save(self) -> None:
        """Ask where to, look the numbers up in the background, write the page whole or not at all."""
        pair = pair_of(self._study)
        if pair is None:
            self._complain(
                RespinError("A report puts a result beside its source; open both and select the result first.")
            )
            return
        source, made = pair
        wish = self._choose((made.saved or source.scan.path).parent)
        if wish is None:
            return
        truth, page = truth_of(self._study, made), self._page(source, made)
        job = Job(lambda: _looking(source, made, truth))
        job.finished.connect(lambda looked: self._write(wish, page, pair, truth, looked))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _page(self, source: Entry, made: Entry) -> Page:
        """The page as the window stands now, without what has to be looked up."""
        card = self._card(made)
        contrast, origin = made.scan.modality, source.scan.modality
        place = ", ".join(side_mm(axis, mm) for axis, mm in enumerate(self._viewer.crosshair))
        expected = numbers(card, origin, contrast) if made.synthesis and origin and contrast else ()
        return Page(
            title=f"Synthetic {made.contrast} from {source.contrast}, beside its source",
            made=f"Respin, {datetime.now().astimezone():%Y-%m-%d %H:%M}",
            place=f"{convention(self._viewer, self._study)}. Crosshair at {place} mm.",
            pictures=tuple(
                (self._picture(source, plane), self._picture(made, plane)) for plane in (Plane.AXIAL, Plane.SAGITTAL)
            ),
            scores=None,
            scored="",
            cautions=cautions_of(contrast) if contrast else (),
            expected=tuple(
                f"From the model card, {found.where.lower()}, mean over its own validation subjects "
                "(PSNR / NMSE / SSIM; copy: the source unchanged, map: an intensity curve): "
                + "; ".join(f"{name} {value}" for name, value in found.values)
                for found in expected[:1]
            ),
            source=(),
            result=(),
            limits=limits(card) if made.synthesis else (),
        )

    def take(self, bundle: Bundle | None) -> None:
        """Another model is in use."""
        self._bundle = bundle

    def _card(self, made: Entry) -> str:
        """Of the model in use; a result of another model gets none, for its numbers would be wrong ones."""
        if self._bundle is None or (made.synthesis and made.synthesis.record["model_hash"] != self._bundle.hash):
            return ""
        return self._bundle.card

    def _picture(self, entry: Entry, plane: Plane) -> Picture:
        """One view with letters and, if it is synthetic, its badge; the name of the file is left out."""
        name = f"{entry.contrast} {'synthetic' if entry.scan.synthetic else 'real'}"
        shown = replace(resolve(self._viewer, entry, plane), title=name, annotations=True)
        window = f"window {shown.window_level.window:.0f}, level {shown.window_level.level:.0f}"
        return Picture(slice_image(shown, *_SIZE, _SHARP), f"{plane.label}, {name}, {window}")

    def _write(self, wish: Wish, page: Page, pair: tuple[Entry, Entry], truth: Entry | None, looked: Looked) -> None:
        source, made = pair
        against = f"Measured against the real {made.contrast} that is open." if truth is not None else ""
        page = replace(
            page,
            scores=looked.scores,
            scored=looked.doubt or against,
            source=facts(source, looked.sha256, wish.named),
            result=facts(made, None, wish.named),
        )
        try:
            as_html = wish.path.suffix.lower() in (".html", ".htm")
            write_bytes(wish.path, html(page).encode() if as_html else pdf(page))
        except RespinError as refusal:
            self._complain(refusal)
        else:
            self._say(f"The report is saved as {wish.path.name}.", wish.path.parent)


def _looking(source: Entry, made: Entry, truth: Entry | None) -> Work[Looked]:
    """The hash of the source's file, and the scores where there is something to measure against."""
    yield Step("hash", 0, 1)
    sha256 = digest(source.scan.sources) if not source.scan.synthetic or source.synthesis is None else None
    if truth is None:
        return Looked(sha256, None, "")
    from engine.metrics import compare

    yield Step("scores", 0, 1)
    try:
        return Looked(sha256, compare(made.scan.volume, truth.scan.volume), "")
    except RespinError as refusal:
        return Looked(sha256, None, str(refusal))
