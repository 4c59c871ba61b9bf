"""The panes of the layout: follows the state, redraws once a turn of the event loop."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGridLayout, QWidget

from app.render.palette import EDGE
from app.state.comparing import Comparing, see
from app.state.layout import Cell, arrange
from app.state.study import Entry, Study
from app.state.viewer import Plane, Viewer, Whole
from app.widgets.curtain_grip import CurtainGrip
from app.widgets.slice_pane import SlicePane
from app.widgets.volume_pane import VolumePane

Pane = SlicePane | VolumePane
"""What stands in a cell."""


class PaneGrid(QWidget):
    """Painted planes, and views of the whole by their names; which of them stand where, `arrange` says."""

    menu_wanted = Signal(QPoint)

    def __init__(self, viewer: Viewer, study: Study, comparing: Comparing) -> None:
        super().__init__()
        self._viewer, self._study, self._comparing = viewer, study, comparing
        self.panes = [SlicePane(viewer, study.history, self) for _ in range(4)]
        self._grips = {pane: CurtainGrip(comparing, pane) for pane in self.panes}
        self.volume = VolumePane(viewer, study.history, self)
        self._whole: dict[Whole, Pane] = {"volume": self.volume}
        self._seen = False
        self._places: tuple[tuple[int, int, QWidget], ...] = ()
        self._grid = QGridLayout(self, spacing=2)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.setObjectName("panes")
        self.setAccessibleName("Views")
        for pane in self.views:
            pane.hide()
        for pane in self.panes:
            pane.menu_wanted.connect(self.menu_wanted)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        viewer.events.connect(self._soon)
        study.events.connect(self._soon)
        comparing.events.connect(self._soon)
        comparing.second.events.connect(self._soon)
        study.events.entries.connect(self._watch)

    def refresh(self) -> None:
        """Bring every pane to what the state says now."""
        self._later.stop()
        cells = arrange(self._viewer, self._study, self._comparing.blend)
        shown = self._place(cells)
        for cell, pane in zip(cells, shown, strict=True):
            if isinstance(pane, SlicePane):
                pane.look_through(self._comparing.second if self._apart(cell) else self._viewer)
                pane.show_slice(cell.entry, see(pane.viewer, cell, self._comparing))
                self._grips[pane].show(cell)
            else:
                pane.show_entry(cell.entry)

    def under_keys(self) -> SlicePane | None:
        """The pane that keys work on: with the focus, else the first."""
        visible = [pane for pane in self.panes if pane.isVisibleTo(self) and pane.picture is not None]
        return next((pane for pane in visible if pane.hasFocus()), visible[0] if visible else None)

    def cancel_drag(self) -> None:
        """Undo the drag in progress."""
        for pane in self.panes:
            pane.cancel_drag()

    def picture(self, scale: float = 1.0) -> QImage:
        """All panes as they stand on screen, badges in the pixels, at the screen's resolution times `scale`."""
        ratio = self.devicePixelRatioF() * scale
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(EDGE)
        painter = QPainter(image)
        for pane in self.views:
            if pane.isVisibleTo(self):
                painter.save()
                painter.translate(pane.pos())
                painter.setClipRect(pane.rect())
                pane.paint(painter)
                painter.restore()
        painter.end()
        return image

    @property
    def views(self) -> tuple[Pane, ...]:
        """Every pane there is, shown or not."""
        return (*self.panes, *self._whole.values())

    def _apart(self, cell: Cell) -> bool:
        """Whether a pane scrolls, zooms and pans for itself."""
        return cell.aside and not self._comparing.linked and not self._comparing.flicker

    def _soon(self, *_: object) -> None:
        self._later.start()

    def _watch(self, entries: tuple[Entry, ...]) -> None:
        """Redraw when the window of a scan changes, too."""
        for entry in entries:
            entry.events.disconnect(self._soon, missing_ok=True)
            entry.events.connect(self._soon)

    def _place(self, cells: tuple[Cell, ...]) -> list[Pane]:
        """Put the panes where the cells say; touch the layout only when places change."""
        slices = iter(self.panes)
        shown = [next(slices) if isinstance(cell.view, Plane) else self._whole[cell.view] for cell in cells]
        places = tuple((cell.row, cell.column, pane) for cell, pane in zip(cells, shown, strict=True))
        if places != self._places:
            self._places = places
            self._rebuild(cells, shown)
        return shown

    def _rebuild(self, cells: tuple[Cell, ...], shown: list[Pane]) -> None:
        focused = self.focusWidget()
        for pane in self.views:
            self._grid.removeWidget(pane)
            pane.setVisible(pane in shown)
            if pane not in shown:
                pane.forget()
        for pane, grip in self._grips.items():
            if pane not in shown:
                grip.forget()
        for line in (0, 1):
            self._grid.setRowStretch(line, int(any(cell.row == line for cell in cells)))
            self._grid.setColumnStretch(line, int(any(cell.column == line for cell in cells)))
        for cell, pane in zip(cells, shown, strict=True):
            self._grid.addWidget(pane, cell.row, cell.column)
        self.update()
        if shown and not self._seen:
            self._seen = True
            shown[0].setFocus(Qt.FocusReason.OtherFocusReason)
        elif shown and focused is not None and focused not in shown:
            shown[0].setFocus(Qt.FocusReason.OtherFocusReason)
