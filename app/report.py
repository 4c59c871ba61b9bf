"""File > Save report: source and result on one page, with the numbers or the word that there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.render.slice_painter import slice_image
from app.report_page import Page, Picture, html, pdf
from app.scoring import score
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
from engine.volume import Volume

if TYPE_CHECKING:
    from engine.bundle import Bundle

_SIZE = (328, 262)
"""Of a picture, in CSS pixels."""
_SHARP = 3.0
"""Pixels of the picture to one of those."""
_HTML = (".html", ".htm")


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
        """Ask where to; in the background look the numbers up and write the page, whole or not at all."""
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
        truth = truth_of(self._study, made)
        page = self._page(source, made, wish.named, against=truth is not None)
        files = source.scan.sources if source.synthesis is None else ()
        volumes = (made.scan.volume, truth.scan.volume) if truth is not None else None
        job = Job(lambda: _writing(wish.path, page, files, volumes), writes=True)
        job.finished.connect(lambda _: self._say(f"The report is saved as {wish.path.name}.", wish.path.parent))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _page(self, source: Entry, made: Entry, named: bool, against: bool) -> Page:
        """The page as the window stands now, without what has to be looked up; against: a real target is open."""
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
            scored=f"Measured against the real {made.contrast} that is open." if against else "",
            cautions=cautions_of(contrast) if contrast else (),
            expected=tuple(
                f"From the model card, {found.where.lower()}, mean over its own validation subjects "
                "(PSNR / NMSE / SSIM; copy: the source unchanged, map: an intensity curve): "
                + "; ".join(f"{name} {value}" for name, value in found.values)
                for found in expected[:1]
            ),
            source=facts(source, named),
            result=facts(made, named),
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


def _writing(path: Path, page: Page, files: Sequence[Path], volumes: tuple[Volume, Volume] | None) -> Work[None]:
    """Look up what takes long and write the page; Qt lets any thread set and paint text, as long as it alone does.

    files:   of the source, whose hash stands for its name
    volumes: the result and the real scan that it is measured against
    """
    yield Step("hash", 0, 1)
    if files and (sha256 := digest(files)):
        page = replace(page, source=(*page.source, ("SHA-256 of the file", sha256)))
    if volumes is not None:
        page = yield from _measured(page, *volumes)
    yield Step("write", 0, 1)
    write_bytes(path, html(page).encode() if path.suffix.lower() in _HTML else pdf(page))


def _measured(page: Page, made: Volume, real: Volume) -> Work[Page]:
    """With the numbers of the bar above the views, or with the reason why there are none."""
    try:
        return replace(page, scores=(yield from score(made, real)))
    except RespinError as refusal:
        return replace(page, scored=str(refusal))
