"""From paths to rows of the study list: found and read in the background; each lands, or is refused, by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from app.jobs import Job, Lane
from app.state.study import Entry, Study
from app.state.viewer import Layout, Viewer
from app.widgets.banner import Banner
from app.widgets.frame_dialog import FrameDialog
from app.widgets.series_dialog import SeriesDialog
from engine.content import Extent
from engine.errors import RespinError
from engine.files import Place, Scan, extent, find, read_place, with_qform
from engine.memory import doubt
from engine.progress import Step, Work

_Size = Extent | RespinError
"""Of a place, or why it cannot be read."""
_Found = tuple[tuple[Place, _Size], ...]


@dataclass(eq=False)
class _Visit:
    """What was asked for at once. landed: its scans so far."""

    landed: list[Entry] = field(default_factory=list)


class Opening(QObject):
    """Reads scans one after the other and asks what only the reader can say: which series, which frame.

    said: what is going on while a large folder is looked through, "" afterwards
    """

    said = Signal(str)

    def __init__(
        self,
        lane: Lane,
        study: Study,
        viewer: Viewer,
        banner: Banner,
        complain: Callable[[Exception], None],
        remember: Callable[[Path], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._lane, self._study, self._viewer = lane, study, viewer
        self._banner, self._complain, self._remember, self._window = banner, complain, remember, parent

    def open(self, paths: Iterable[Path]) -> None:
        """Read these files and folders; returns at once."""
        visit = _Visit()
        for path in paths:
            job = Job(partial(_finding, path))
            job.stepped.connect(partial(self._say_step, path))
            job.ended.connect(partial(self.said.emit, ""))
            job.finished.connect(partial(self._on_found, path, visit))
            job.failed.connect(self._complain)
            self._lane.add(job)

    def _say_step(self, path: Path, step: Step) -> None:
        if step.done:
            self.said.emit(f"Looking through {path.name}: {step.done} of {step.total} files")

    def _on_found(self, path: Path, visit: _Visit, found: _Found) -> None:
        """Of several series the reader picks; everything else is read."""
        series = [place for place, _ in found if place.series]
        sizes = dict(found)
        asked = series if len(series) > 1 else []
        for place, size in found:
            if place not in asked:
                self._consider(path, visit, place, size)
        if asked:
            self._show(SeriesDialog(asked, partial(self._take, path, visit, sizes), self._window))

    def _take(self, path: Path, visit: _Visit, sizes: dict[Place, _Size], places: Sequence[Place]) -> None:
        for place in places:
            self._consider(path, visit, place, sizes[place])

    def _consider(self, path: Path, visit: _Visit, place: Place, size: _Size) -> None:
        """Ask for the frame where there are several."""
        if isinstance(size, RespinError):
            self._complain(size)
        elif size.frames > 1 and place.frame is None:
            chosen = partial(self._weigh, path, visit, place, size)
            self._show(FrameDialog(place.name, size.frames, chosen, self._window))
        else:
            self._weigh(path, visit, place, size, place.frame)

    def _weigh(self, path: Path, visit: _Visit, place: Place, size: Extent, frame: int | None) -> None:
        """Ask before taking much memory."""
        read = partial(self._read, path, visit, place, frame)
        if (question := doubt(place.name, size)) is not None:
            self._banner.ask(question, "Open anyway", read)
        else:
            read()

    def _show(self, dialog: QDialog) -> None:
        """The keys go back to the window afterwards."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._window.activateWindow)
        dialog.open()

    def _read(self, path: Path, visit: _Visit, place: Place, frame: int | None) -> None:
        job = Job(partial(_reading, place, frame))
        job.finished.connect(partial(self._land, path, visit))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _land(self, path: Path, visit: _Visit, scan: Scan) -> None:
        """Into the list; the first of those opened together is looked at, real beside synthetic is compared."""
        entry = Entry.of(scan, self._study.find_source(scan))
        visit.landed.append(entry)
        self._study.add(entry)
        self._remember(path)
        if len(visit.landed) == 1:
            self._viewer.layout = Layout.FOUR_UP  # first: nothing is compared unasked
            self._study.selected = entry
        elif scan.synthetic and not visit.landed[0].scan.synthetic and len(visit.landed) == 2:
            self._study.compared = (visit.landed[0], entry)
            self._viewer.layout = Layout.COMPARE
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        """What is odd about a scan; which transform is right is the reader's to say."""
        scan = entry.scan
        letters = () if scan.volume.oriented else ("No letters of left and right are drawn.",)
        if scan.origin is not None and scan.origin.other is not None:
            told = f"{scan.name}: {' '.join(scan.warnings)}"
            self._banner.ask(told, "Use the qform", partial(_turn, entry), "Keep the sform")
        elif scan.warnings or letters:
            self._banner.warn(f"{scan.name}: {' '.join((*scan.warnings, *letters))}")


def _turn(entry: Entry) -> None:
    entry.scan = with_qform(entry.scan)


def _finding(path: Path) -> Work[_Found]:
    places = yield from find(path)
    return tuple((place, _size(place)) for place in places)


def _size(place: Place) -> _Size:
    """One file of a folder that cannot be read does not keep the others from opening."""
    try:
        return extent(place)
    except RespinError as refusal:
        return refusal


def _reading(place: Place, frame: int | None) -> Work[Scan]:
    yield Step("read", 0, 1)
    return read_place(place, frame)
