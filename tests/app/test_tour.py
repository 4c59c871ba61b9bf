"""The way of a new reader through the real window and the real engine, by mouse and keys, from a DICOM folder to a
report; at every step, what the reader relies on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QToolButton

from app.main_window import MainWindow, dress
from app.state.mixed import Blend
from app.state.viewer import Layout, LeftButton, Plane
from app.widgets.export_dialog import ExportDialog
from app.widgets.report_dialog import ReportDialog
from engine.bundle import open_bundle
from engine.files import read
from engine.modality import Modality
from tests.app.test_badge import amber, is_badged, shown_panes
from tests.app.test_window import CONTROL, LEFT, SHIFT, drag, pane_of
from tests.dicom_phantoms import lay_out, series
from tests.phantoms import LESION, phantom, write_phantom

FIELD = np.array([48.0, 56.0, 40.0])
MARK = tuple(np.array(LESION) * FIELD / 2)
"""World mm of the lesion: both scans know it, each on its own grid."""
SLOW = 120_000
NAMES = {target: f"patient_desc-synth_{target.suffix}" for target in (Modality.T2, Modality.FLAIR)}


@pytest.fixture
def window(qtbot, qapp, tiny_bundle):
    dress(qapp)
    shown = MainWindow(open_bundle(tiny_bundle))
    qtbot.addWidget(shown)
    shown.resize(1280, 720)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    yield shown
    shown.close()


@pytest.fixture
def patient(tmp_path: Path) -> tuple[Path, Path]:
    """A T1 as a folder of DICOM slices, and a real T2 of the same head as NIfTI on a coarser grid, stored otherwise."""
    slices = series(phantom(orientation="LPS"), SeriesDescription="T1 MPRAGE", SeriesNumber=3)
    coarse = phantom(shape=(24, 28, 20), spacing=(2, 2, 2), orientation="PIR", modality=Modality.T2)
    return lay_out(tmp_path / "patient", slices), write_phantom(tmp_path / "patient_t2.nii.gz", coarse)


def test_the_tour(qtbot, window, patient, tmp_path, monkeypatch):
    t1, t2 = open_both(qtbot, window, patient, monkeypatch)
    find_the_same_point(qtbot, window, t1, t2)
    made, other = synthesize_two_and_cancel_one(qtbot, window, t1)
    compare(qtbot, window, t1, made)
    measure(qtbot, window, t1, made)
    look_in_depth(qtbot, window)
    written = export(qtbot, window, tmp_path / "out", monkeypatch)
    report(qtbot, window, tmp_path / "out", monkeypatch)
    reopen(qtbot, window, written, tmp_path / "elsewhere", monkeypatch)
    assert not window.banner.isVisible(), window.banner.label.text()
    assert other.scan.modality is Modality.FLAIR and other.unsaved


def open_both(qtbot, window, patient, monkeypatch):
    """The folder by its key, the file by its button."""
    folder, file = patient
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.keyClick(window, Qt.Key.Key_O, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 1, timeout=SLOW)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(file)], ""))
    opener = next(b for b in window.list.findChildren(QToolButton) if b.text().startswith("Open"))
    qtbot.mouseClick(opener, LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2, timeout=SLOW)
    assert [entry.kind for entry in window.study.entries] == ["T1 real", "T2 real"]
    assert window.status.convention.text() == "Radiological: patient's RIGHT is on the LEFT"
    return window.study.entries


def find_the_same_point(qtbot, window, t1, t2):
    """A click on the lesion in one scan is the lesion in the other, and in the words below."""
    choose(qtbot, window, t1)
    window.viewer.crosshair = (0.0, 0.0, MARK[2])
    click_on_the_mark(qtbot, window)
    found = window.viewer.crosshair
    assert np.abs(np.subtract(found, MARK)).max() < 0.6
    choose(qtbot, window, t2)
    assert window.viewer.crosshair == found and pane_of(window, Plane.AXIAL).entry is t2
    inside = [entry.scan.volume.intensity(found) for entry in (t1, t2)]
    assert inside == pytest.approx([330, 720], rel=0.15)
    click_on_the_mark(qtbot, window)
    assert np.abs(np.subtract(window.viewer.crosshair, MARK)).max() < 1.1
    window.status.refresh()
    assert " mm · T1 " in window.status.place.text() and " · T2 " in window.status.place.text()
    letters = pane_of(window, Plane.AXIAL).picture.letters
    assert (letters.left, letters.right, letters.top) == ("R", "L", "A")


def synthesize_two_and_cancel_one(qtbot, window, t1):
    """Two results under their source; the one given up leaves nothing."""
    choose(qtbot, window, t1)
    for target in NAMES:
        qtbot.mouseClick(window.panel.targets[target], LEFT)
    waiting = list(window.panel.orders.waiting)
    assert [order.title for order in waiting] == ["FLAIR from T1"]
    qtbot.waitUntil(lambda: len(window.study.entries) == 4, timeout=SLOW)
    qtbot.waitUntil(lambda: not window.synthesizing.busy, timeout=SLOW)
    qtbot.mouseClick(window.panel.targets[Modality.T1CE], LEFT)
    qtbot.waitUntil(lambda: window.orders.progress is not None, timeout=SLOW)
    qtbot.mouseClick(window.panel.orders.cancel, LEFT)
    assert window.orders.waiting == () and "T1CE from T1 cancelled." in window.panel.message.text()
    qtbot.waitUntil(lambda: not window.synthesizing.busy, timeout=SLOW)
    assert [entry.kind for entry in window.study.entries] == ["T1 real", "T2 synthetic", "FLAIR synthetic", "T2 real"]
    made, other = window.study.entries[1:3]
    assert made.source is other.source is t1 and made.scan.volume.shape == t1.scan.volume.shape
    return made, other


def compare(qtbot, window, t1, made):
    """Side by side, then in one picture; each pane with synthetic data in it is marked in its pixels."""
    assert window.viewer.layout is Layout.COMPARE and window.study.compared == (t1, made)
    assert badges(window) == [False, True, False, True]
    for key, blend in (("B", Blend.CURTAIN), ("K", Blend.CHECKERBOARD), ("D", Blend.DIFFERENCE), ("V", Blend.OVERLAY)):
        press(qtbot, window, key)
        assert window.comparing.blend is blend and any(badges(window)), blend
        assert badges(window) == [p.picture.scan.synthetic or p.picture.mixed is not None for p in shown_panes(window)]
    press(qtbot, window, "B")
    pane = next(p for p in shown_panes(window) if p.picture.mixed is not None)
    middle = QPoint(pane.width() // 2, pane.height() // 2)
    drag(qtbot, pane, LEFT, middle, middle - QPoint(pane.width() // 4, 0))
    assert window.comparing.divider == pytest.approx(0.25, abs=0.02) and t1.window_level == first_window_of(t1)
    press(qtbot, window, "B")
    qtbot.keyPress(window, Qt.Key.Key_F)
    assert badges(window) == [True, False, True, False]
    qtbot.keyRelease(window, Qt.Key.Key_F)
    assert badges(window) == [False, True, False, True]
    assert "No ground truth: error unknown" in window.compare_bar.verdict.text()


def measure(qtbot, window, t1, made):
    """Millimetres on the screen are millimetres; a region is measured in both scans at once."""
    pane = pane_of(window, Plane.AXIAL, 0)
    press(qtbot, window, "M")
    start = QPoint(pane.width() // 2 - 40, pane.height() // 2)
    drag(qtbot, pane, LEFT, start, start + QPoint(80, 0))
    (distance,) = window.viewer.measures
    assert distance.length == pytest.approx(80 / pane.picture.scale(pane.extent), abs=0.01)
    press(qtbot, window, "O")
    drag(qtbot, pane, LEFT, start + QPoint(10, 20), start + QPoint(50, 60))
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert window.viewer.left_button is LeftButton.WINDOW
    window.grid.refresh()
    for side, entry in enumerate((t1, made)):
        mark = pane_of(window, Plane.AXIAL, side).picture.marks[-1]
        assert mark.found.count > 20 and mark.found.mean == pytest.approx(mean_inside(entry, mark), rel=1e-6)
    press(qtbot, window, "G")
    assert window.numbers.histogram.isVisible()
    press(qtbot, window, "G")


def look_in_depth(qtbot, window):
    """Four views; the cut takes a part of the head away, the mark stays."""
    press(qtbot, window, "4")
    volume = window.grid.volume
    qtbot.waitUntil(lambda: lit(volume) > 1000, timeout=SLOW)
    whole = lit(volume)
    press(qtbot, window, "P")
    assert window.viewer.cut is not None
    qtbot.waitUntil(lambda: lit(volume) != whole, timeout=SLOW)
    assert all(badges(window)) and len(shown_panes(window)) == 4


def export(qtbot, window, out, monkeypatch):
    """The file, its sidecar and its header say what it is."""
    out.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    qtbot.mouseClick(window.panel.export_button, LEFT)
    dialog = window.findChild(ExportDialog)
    qtbot.mouseClick(dialog.choose, LEFT)
    qtbot.mouseClick(dialog.go, LEFT)
    written = out / f"{NAMES[Modality.T2]}.nii.gz"
    qtbot.waitUntil(lambda: window.study.result.saved == written, timeout=SLOW)
    header = nib.load(written).header
    assert bytes(header["descrip"]).startswith(b"SYNTHETIC T2 from T1")
    sidecar = json.loads(written.with_name(f"{NAMES[Modality.T2]}.json").read_text())
    assert "synthetic" in json.dumps(sidecar).lower() and sidecar
    source = window.study.entries[0].scan.volume
    assert np.allclose(nib.load(written).affine, source.affine, atol=1e-4)
    assert written.name in window.panel.news.text()
    return written


def report(qtbot, window, out, monkeypatch):
    """PDF by the link in the panel; one page that names nobody."""
    path = out / "report.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    saver = QTimer(window, interval=20)
    saver.timeout.connect(lambda: press_save(qtbot, saver))
    saver.start()
    qtbot.mouseClick(window.panel.report, LEFT)
    qtbot.waitUntil(lambda: "report.pdf" in window.panel.news.text(), timeout=SLOW)
    assert path.read_bytes().startswith(b"%PDF") and str(out).encode() not in path.read_bytes()


def reopen(qtbot, window, written, elsewhere, monkeypatch):
    """Under another name and without its sidecar it is still known, and marked in every view."""
    elsewhere.mkdir()
    copied = Path(shutil.copy(written, elsewhere / "brain.nii.gz"))
    before = len(window.study.entries)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(copied)], ""))
    qtbot.keyClick(window, Qt.Key.Key_O, CONTROL)
    qtbot.waitUntil(lambda: len(window.study.entries) == before + 1, timeout=SLOW)
    entry = window.study.selected
    assert entry.scan.synthetic and entry.synthesis is None and read(copied).synthetic
    qtbot.waitUntil(lambda: lit(window.grid.volume) > 1000, timeout=SLOW)
    assert badges(window) == [True] * 4
    assert amber(window.grid.picture()).any() and not window.panel.export_button.isEnabled()


def choose(qtbot, window, entry):
    """A click on its row."""
    rows = window.list.rows
    item = rows.item(window.study.entries.index(entry))
    qtbot.mouseClick(rows.viewport(), LEFT, pos=rows.visualItemRect(item).center())
    assert window.study.selected is entry


def click_on_the_mark(qtbot, window):
    pane = pane_of(window, Plane.AXIAL)
    x, y = pane.picture.pixel_of(MARK, pane.extent)
    qtbot.mouseClick(pane, LEFT, pos=QPoint(round(x), round(y)))


def press(qtbot, window, key):
    qtbot.keyClick(window, key)
    window.grid.refresh()


def press_save(qtbot, timer):
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, ReportDialog):
        timer.stop()
        (box,) = dialog.findChildren(QDialogButtonBox)
        qtbot.mouseClick(box.button(QDialogButtonBox.StandardButton.Save), LEFT)


def badges(window):
    return [is_badged(pane.grab().toImage()) for pane in shown_panes(window)]


def lit(pane):
    """Pixels of the head in the 3-D view."""
    image = pane.grab().toImage().convertToFormat(pane.grab().toImage().Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return int((pixels[60:-60, 60:-60] > 30).sum())


def first_window_of(entry):
    return type(entry).of(entry.scan, entry.source).window_level


def mean_inside(entry, mark):
    """By hand: the mean of the voxels whose middle lies in the ellipse, on the slice nearest to it."""
    ellipse, volume = mark.measure.ellipse, entry.scan.volume
    slice_at = round(float(volume.ijk(ellipse.centre)[2]))
    grid = np.stack(np.meshgrid(*map(np.arange, volume.shape[:2]), [slice_at], indexing="ij"), -1).reshape(-1, 3)
    off = volume.ras(grid) - ellipse.centre
    along, across = (off @ np.array(axis) / np.dot(axis, axis) for axis in (ellipse.along, ellipse.across))
    chosen = grid[along**2 + across**2 <= 1]
    return float(volume.data[tuple(chosen.T)].astype(float).mean())
