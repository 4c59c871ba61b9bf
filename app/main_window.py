"""The window: puts panes and panels together. What they do lives in the rooms beside this file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import window_place
from app.actions import bindings, icon, install
from app.comparisons import Comparisons
from app.exporting import Exporting
from app.frames import Frames
from app.jobs import Lane
from app.leaving import Leaving
from app.menus.colours import COLOURS
from app.menus.compare import WAYS
from app.models import Library, preferred
from app.numbers import Numbers
from app.opening import Opening
from app.pictures import Pictures
from app.removing import remove
from app.report import Reporting
from app.scoring import Scoring
from app.settings import load
from app.state.comparing import Comparing
from app.state.models import Models
from app.state.recent import remember
from app.state.resuming import resume
from app.state.study import Entry, Study
from app.state.synthesis import Orders
from app.state.viewer import Layout, Viewer
from app.study_menu import StudyMenu
from app.synthesizing import Synthesizing, Translate, Translation
from app.tracing import Tracing
from app.undoing import name_steps
from app.viewing import Viewing
from app.widgets.banner import Banner
from app.widgets.binding_sheet import BindingSheet
from app.widgets.card_dialog import CardDialog
from app.widgets.columns import Columns
from app.widgets.compare_bar import CompareBar, under
from app.widgets.enter_key import presses
from app.widgets.export_dialog import ask_export
from app.widgets.file_dialogs import ask_picture, ask_scan_folder, ask_scans
from app.widgets.hands import bindings_now
from app.widgets.models_dialog import ModelsDialog
from app.widgets.pane_grid import PaneGrid
from app.widgets.recent_menu import fill_when_seen
from app.widgets.report_dialog import ask_report
from app.widgets.status_line import StatusLine
from app.widgets.study_list import StudyList
from app.widgets.synthesis_panel import SynthesisPanel
from app.widgets.tour_bar import TourBar
from app.widgets.volume_pane import IN_DEPTH
from app.widgets.welcome import Welcome
from engine.assets import assets
from engine.errors import BadBundle, RespinError
from engine.files import Scan
from engine.progress import Work
from engine.synthesis import Request, Synthesis

if TYPE_CHECKING:
    from engine.bundle import Bundle

NOTICE = (
    "Respin is for research only, never for diagnosis. A synthetic image shows what is likely, not what is there; "
    "every one carries its mark."
)

_IDLE_MS = 1500
"""After the last scan came into view: the planes and the 3-D picture are drawn."""


class MainWindow(QMainWindow):
    """The reading room. bundle: the weights, or None where none are installed."""

    def __init__(self, bundle: Bundle | None, translate: Translate | None = None) -> None:
        super().__init__()
        self.viewer, self.study, self.orders, self.comparing = Viewer(), Study(), Orders(), Comparing()
        self.preferences = load()
        self.preferences.follow(self.viewer)
        resume(self.viewer, self.study, self.preferences)
        self.models = Models(bundle)
        if bundle is not None:
            self.orders.mode = self.preferences.mode or bundle.default_mode
        self.orders.events.mode.connect(lambda mode: setattr(self.preferences, "mode", mode))
        self.library = Library(self.models, self.preferences, self.complain)
        self.banner = Banner()
        self.files = Lane(self)
        remembered = partial(remember, self.preferences)
        self.opening = Opening(self.files, self.study, self.viewer, self.banner, self.complain, remembered, self)
        self.frames = Frames(self.files, self.complain)
        self.tracing = Tracing(self.files, self.study, self.complain)
        translate = translate or (Translation(bundle) if bundle is not None else _no_model)
        self.synthesizing = Synthesizing(
            translate, self.orders, self.study, self.viewer, self.banner.ask, self.complain
        )
        self.comparisons = Comparisons(self.comparing, self.study, self.viewer, self.banner.ask, self.complain)
        self.scoring = Scoring(self.comparing, self.study, self.complain)
        self.compare_bar = CompareBar(self.viewer, self.study, self.comparing)
        self.grid = PaneGrid(self.viewer, self.study, self.comparing)
        self.list = StudyList(self.study)
        self.panel = SynthesisPanel(bundle, self.orders, self.study, self.viewer)
        self.pictures = Pictures(
            self.grid.picture, lambda: ask_picture(self, self._folder()), self.panel.tell, self.complain
        )
        asking = partial(ask_export, self)
        self.exporting = Exporting(self.files, self.study, asking, self.panel.tell, self.complain)
        self.reporting = Reporting(
            self.study, self.viewer, bundle, self.files, partial(ask_report, self), self.panel.tell, self.complain
        )
        self.study_menu, self.leaving = StudyMenu(self), Leaving(self)
        self.status = StatusLine(self.viewer, self.study)
        self.tour = TourBar(self.viewer, self.study)
        self.viewing = Viewing(self.viewer, self.study, self.grid, self.complain)
        self.numbers = Numbers(self.viewer, self.study, self)
        self.acts = install(self)
        fill_when_seen(self.acts["forget-recent"], self.preferences, self.open)
        name_steps(self.acts["undo"], self.acts["redo"], self.study)
        self._put_together()
        self._connect()
        window_place.put_back(self, self.preferences)

    def open(self, paths: Iterable[Path]) -> None:
        """Read scans and show them; returns at once, what cannot be read is told in the banner."""
        self.opening.open(paths)

    def complain(self, error: Exception) -> None:
        """A refusal is shown as it stands; a fault of ours is kept in the log and said to be ours."""
        if isinstance(error, RespinError):
            self.banner.warn(str(error))
            return
        from app.faults import record

        log = record(error, [str(entry.scan.path) for entry in self.study.entries])
        self.banner.warn(f"Respin failed, and the fault is ours: {type(error).__name__}, told in {log}")

    def choose_scans(self) -> None:
        """The dialog of Ctrl+O."""
        self.open(ask_scans(self, self._folder()))

    def open_sample(self) -> None:
        """The scan that ships with the program."""
        self.open([assets() / "samples" / "icbm152_T1w.nii.gz"])

    def take_tour(self) -> None:
        """The hands, one after the other, on the sample where nothing is open."""
        if not self.study.entries:
            self.open_sample()
        self.tour.begin()

    def choose_folder(self) -> None:
        """The dialog for a DICOM series or a subject."""
        self.open(ask_scan_folder(self, self._folder()))

    def export(self) -> None:
        """Export the selected result."""
        self.exporting.export(self.study.result)

    def remove(self) -> None:
        """Take the chosen measure away, else the selected scan out of the list; its file stays."""
        if not self.numbers.erase() and self.study.selected is not None:
            remove(self, self.study.selected)

    def synthesize_all(self) -> None:
        """Every target that the model offers."""
        if self.panel.all_targets.isVisibleTo(self.panel):
            self.panel.all_targets.click()

    def cancel(self) -> None:
        """Stop the synthesis under way."""
        self.synthesizing.cancel()

    def toggle_full_screen(self) -> None:
        """F11."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_keys(self) -> None:
        """The sheet of live bindings."""
        sheet = BindingSheet({"Hands": bindings_now(self.viewer), "Hands in 3-D": IN_DEPTH, "Keys": bindings()}, self)
        sheet.finished.connect(self.activateWindow)
        sheet.open()

    def show_card(self) -> None:
        """What the model was trained on and what it cannot do."""
        CardDialog(self.models.bundle, self.panel.origin(), self).open()

    def show_models(self) -> None:
        """Which models there are, and which is used."""
        ModelsDialog(self.library, self).open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that nobody wanted."""
        if not presses(event, self.focusWidget()):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.open(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Threads end before the window does; it need not be seen waiting for them."""
        if not self.leaving.may_go():
            event.ignore()
            return
        window_place.note(self, self.preferences)
        self.hide()
        self._idle.stop()
        self.synthesizing.close()
        self.scoring.close()
        self.library.close()
        self.files.close()
        self.grid.volume.close_scene()
        super().closeEvent(event)

    def _put_together(self) -> None:
        self.setWindowTitle("Respin")
        self.setWindowIcon(icon("respin"))
        self.setAcceptDrops(True)
        welcome = Welcome(icon("respin"), [self.acts[name] for name in ("open", "open-folder", "sample", "tour")])
        middle = Columns(self.list, under(self.compare_bar, self.grid), self.panel, welcome, self.viewer, self.study)
        middle.remember(self.preferences)
        self.compare_bar.offer([self.acts[name] for name in WAYS])
        room = QWidget()
        column = QVBoxLayout(room, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.banner)
        column.addWidget(self.tour)
        column.addWidget(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(room)
        opener = self._button("open")
        opener.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.list.buttons.addWidget(opener)
        self.panel.about.setDefaultAction(self.acts["about-model"])
        self.panel.dicom.setDefaultAction(self.acts["export-dicom"])
        self.panel.report.setDefaultAction(self.acts["save-report"])
        self.panel.take(self.models.bundle)  # which links can be followed: Qt has just said all
        self._corner = QWidget()  # kept: the menu bar alone does not keep it alive
        row = QHBoxLayout(self._corner, spacing=2)
        row.setContentsMargins(0, 2, 8, 2)
        for name in ("four-up", "compare", "distance", "ellipse", "crosshair", "reset"):
            row.addWidget(self._button(name))
        self.menuBar().setCornerWidget(self._corner)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(autoRaise=True, accessibleName=self.acts[name].text())
        button.setDefaultAction(self.acts[name])
        return button

    def _connect(self) -> None:
        self.panel.wanted.connect(self.synthesizing.order)
        self.panel.cancelled.connect(self.synthesizing.drop)
        self.panel.export.connect(self.export)
        self.list.menu_wanted.connect(self.study_menu.open)
        self.grid.menu_wanted.connect(self._pane_menu)
        self.opening.said.connect(self.list.tell)
        self.models.events.bundle.connect(self._on_bundle)
        self.study.events.selected.connect(self._on_selected)
        self._idle = QTimer(self, singleShot=True, interval=_IDLE_MS)
        self._idle.timeout.connect(self.synthesizing.warm_up)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        """Another model is in use."""
        self.synthesizing.use(Translation(bundle) if bundle is not None else _no_model)
        self.panel.take(bundle)
        self.reporting.take(bundle)

    def _on_selected(self, entry: Entry | None) -> None:
        """Fit the scan; in the comparing layout, compare it with its partner."""
        if entry is None:
            return
        if self.viewer.layout is Layout.COMPARE and (pair := self.study.pair(entry)):
            self.study.compared = pair
        self.viewer.look_at(entry.scan.volume)
        self._idle.start()

    def _pane_menu(self, where: QPoint) -> None:
        menu = QMenu(self)
        for name in ("reset", "auto-window", "crosshair", "annotations", "copy-picture", "save-picture"):
            menu.addAction(self.acts[name])
        menu.addMenu("Colours").addActions([self.acts[action.name] for action in COLOURS])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def _folder(self) -> Path:
        """Where dialogs begin: beside the selected scan, else where the last one was."""
        if self.study.selected:
            self.preferences.folder = str(self.study.selected.scan.path.parent)
        return Path(self.preferences.folder or Path.home())


def _no_model(scan: Scan, request: Request) -> Work[tuple[Synthesis, ...]]:
    raise BadBundle(f"No model is installed, so {scan.name} cannot be synthesized from.")


def run(paths: list[Path]) -> int:
    """Open the window with these scans; returns the exit code when it is closed."""
    program = QApplication(sys.argv[:1])
    dress(program)
    bundle, refusal = preferred(load())
    window = MainWindow(bundle)
    sys.excepthook = partial(_told, window)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends the program, as it does elsewhere
    window.show()
    if refusal is not None:
        window.complain(refusal)
    if not window.preferences.notice_seen:
        window.banner.ask(NOTICE, "Understood", lambda: setattr(window.preferences, "notice_seen", True))
    window.open(paths)
    return program.exec()


def _told(window: MainWindow, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """A fault in a slot reaches the reader and the log; the window stays."""
    if isinstance(fault, Exception):
        window.complain(fault)
    else:
        sys.__excepthook__(kind, fault, trace)


def dress(program: QApplication) -> None:
    """The look of the whole program."""
    program.setApplicationName("Respin")
    program.setStyle("Fusion")
    sheet = (assets() / "style.qss").read_text(encoding="utf-8")
    program.setStyleSheet(sheet.replace("@icons", (assets() / "icons").as_posix()))
