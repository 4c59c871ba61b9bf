"""Files, folders and series into the window: what is asked, what lands, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog

from app.state.frame import same_grid
from app.state.readout import place
from app.state.viewer import Layout
from app.widgets.frame_dialog import FrameDialog
from app.widgets.series_dialog import SeriesDialog
from engine import memory
from engine.modality import Modality
from tests.dicom_phantoms import lay_out, pack, series
from tests.phantoms import phantom, write_phantom

LEFT = Qt.MouseButton.LeftButton
MADE = phantom((24, 28, 12), (1, 1, 2), "LPS")


@pytest.fixture
def opened(qtbot, window):
    """Open paths and wait for so many scans."""

    def open_and_wait(count: int, *paths: Path):
        window.open(paths)
        qtbot.waitUntil(lambda: len(window.study.entries) == count and not window.files.busy)
        window.grid.refresh()

    return open_and_wait


def dialog(qtbot, window, kind):
    qtbot.waitUntil(lambda: window.findChild(kind) is not None and window.findChild(kind).isVisible())
    return window.findChild(kind)


def names(window):
    return [entry.scan.name for entry in window.study.entries]


def test_a_subjects_folder_opens_as_one_study(window, opened, tmp_path):
    (tmp_path / "case").mkdir()
    for modality in ("flair", "t1", "seg"):
        write_phantom(tmp_path / "case" / f"case_{modality}.nii.gz", MADE)
    (tmp_path / "case" / "notes.txt").write_text("not a scan")
    opened(2, tmp_path / "case")
    assert [entry.scan.modality for entry in window.study.entries] == [Modality.T1, Modality.FLAIR]
    assert window.study.selected is window.study.entries[0]
    assert not window.banner.isVisible()


def test_several_files_and_folders_are_dropped_at_once(qtbot, window, tmp_path):
    paths = [write_phantom(tmp_path / "a_t1.nii", MADE), write_phantom(tmp_path / "b_t2.nii", MADE)]
    paths.append(lay_out(tmp_path / "disc", series(MADE)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier, QDropEvent.Type.Drop
    )
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    assert names(window) == ["a_t1", "b_t2", "disc"]
    assert window.study.selected is window.study.entries[0] and window.viewer.layout is Layout.FOUR_UP


def test_a_folder_with_nothing_in_it_is_refused_in_one_sentence(qtbot, window, tmp_path):
    (tmp_path / "none").mkdir()
    window.open([tmp_path / "none"])
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text() == ("The folder none is empty; give one with NIfTI files or a DICOM series.")


def test_one_damaged_scan_of_a_folder_keeps_no_other_from_opening(qtbot, window, opened, tmp_path):
    write_phantom(tmp_path / "case_t1.nii.gz", MADE)
    (tmp_path / "case_t2.nii.gz").write_bytes(b"")
    opened(1, tmp_path)
    assert "case_t2.nii.gz is empty (0 bytes)" in window.banner.label.text()


def disc(folder: Path) -> Path:
    files = series(MADE, SeriesNumber=3, SeriesDescription="Ax T2")
    files += series(MADE, SeriesNumber=1, SeriesDescription="Scout")[:1]
    files += series(MADE, SeriesNumber=7, SeriesDescription="phase map")
    files += series(MADE, SeriesNumber=5, SeriesDescription="Ax T1")
    return lay_out(folder, files)


def test_series_are_listed_and_the_ticked_are_opened(qtbot, window, tmp_path):
    window.open([disc(tmp_path / "disc")])
    asked = dialog(qtbot, window, SeriesDialog)
    rows = [asked.rows.topLevelItem(row) for row in range(4)]
    assert [[row.text(column) for column in range(4)] for row in rows] == [
        ["1", "Scout", "?", "1"],
        ["3", "Ax T2", "T2", "12"],
        ["5", "Ax T1", "T1", "12"],
        ["7", "phase map", "?", "12"],
    ]
    assert rows[0].isDisabled() and "is no series of slices" in rows[0].toolTip(0)
    assert [row.checkState(0) is Qt.CheckState.Checked for row in rows] == [False, True, True, False]
    assert asked.button.text() == "Open 2 series"
    rows[3].setCheckState(0, Qt.CheckState.Checked)
    rows[1].setCheckState(0, Qt.CheckState.Unchecked)
    qtbot.mouseClick(asked.button, LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert names(window) == ["disc_5_Ax_T1", "disc_7_phase_map"]


def test_looking_through_a_large_folder_is_told(qtbot, window, opened, tmp_path):
    said = []
    window.opening.said.connect(said.append)
    opened(1, lay_out(tmp_path / "disc", series(phantom((12, 14, 50), orientation="LPS"))))
    assert "Looking through disc: 20 of 50 files" in said and said[-1] == ""
    assert not window.list._told.isVisible()


def test_enter_opens_the_one_series_and_escape_none(qtbot, window, tmp_path):
    path = pack(tmp_path / "disc.zip", series(MADE, SeriesNumber=1) + series(MADE, SeriesNumber=2))
    window.open([path])
    asked = dialog(qtbot, window, SeriesDialog)
    qtbot.keyClick(asked, Qt.Key.Key_Escape)
    assert window.study.entries == ()
    qtbot.waitUntil(lambda: window.findChild(SeriesDialog) is None)
    window.open([path])
    asked = dialog(qtbot, window, SeriesDialog)
    asked.rows.setCurrentItem(asked.rows.topLevelItem(1))
    qtbot.keyClick(asked.rows, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.study.entries) == 1)
    assert window.study.entries[0].scan.origin.place.series.number == 2


def frames_file(path: Path) -> np.ndarray:
    data = np.stack([MADE.data * (frame + 1) for frame in range(4)], -1).astype(np.int16)
    Nifti1Image(data, MADE.affine).to_filename(path)
    return data


def test_a_frame_is_asked_for_and_the_keys_go_on_from_there(qtbot, window, tmp_path):
    data = frames_file(tmp_path / "perfusion.nii.gz")
    window.open([tmp_path / "perfusion.nii.gz"])
    asked = dialog(qtbot, window, FrameDialog)
    assert (asked.number.value(), asked.number.maximum()) == (0, 3)
    asked.slider.setValue(2)
    assert asked.number.value() == 2
    qtbot.mouseClick(asked.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Open), LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 1)
    entry = window.study.entries[0]
    np.testing.assert_array_equal(entry.scan.volume.data, data[..., 2])
    pane = next(pane for pane in window.grid.panes if pane.isVisible())
    pane.setFocus()
    qtbot.waitUntil(window.isActiveWindow)
    for key, frame in ((Qt.Key.Key_Period, 3), (Qt.Key.Key_Period, 3), (Qt.Key.Key_Comma, 2)):
        qtbot.keyClick(pane, key)
        qtbot.waitUntil(lambda frame=frame: entry.scan.origin.frame == frame and not window.files.busy)
    for _ in range(5):
        window.frames.step(entry, -1)
    qtbot.waitUntil(lambda: entry.scan.origin.frame == 0 and not window.files.busy)
    np.testing.assert_array_equal(entry.scan.volume.data, data[..., 0])
    assert entry.name == "perfusion_frame-0"
    assert window.panel.name.text() == "perfusion_frame-0"
    qtbot.waitUntil(lambda: window.status.place.text() == place(window.viewer, window.study))


def test_a_frame_named_on_the_way_in_is_not_asked_for(window, opened, tmp_path):
    frames_file(tmp_path / "perfusion.nii.gz")
    opened(1, tmp_path / "perfusion.nii.gz@1")
    assert window.study.entries[0].scan.origin.frame == 1


def test_a_scan_that_takes_much_memory_is_asked_about_first(qtbot, window, head, monkeypatch):
    monkeypatch.setattr(memory, "free", lambda: 400_000)
    window.open([head])
    qtbot.waitUntil(window.banner.isVisible)
    assert "head_t1.nii.gz needs about 0.0 GB of memory; 0.0 GB are free." in window.banner.label.text()
    assert window.study.entries == () and window.banner.answer.text() == "Open anyway"
    qtbot.mouseClick(window.banner.answer, LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 1)


def two_transforms(path: Path, apart: tuple[int, int, int]) -> Path:
    """A head whose qform says that it lies elsewhere (mm) than its sform."""
    image = Nifti1Image(MADE.data, MADE.affine)
    other = MADE.affine.copy()
    other[:3, 3] += apart
    image.set_sform(MADE.affine, 1)
    image.set_qform(other, 1)
    image.to_filename(path)
    return path


def test_of_two_transforms_the_reader_chooses(qtbot, window, opened, tmp_path):
    other = MADE.affine.copy()
    other[:3, 3] += (0, 3, 4)
    opened(1, two_transforms(tmp_path / "case_t1.nii", (0, 3, 4)))
    entry = window.study.entries[0]
    assert "differ by 5.0 mm at the worst corner" in window.banner.label.text()
    assert (window.banner.answer.text(), window.banner.other.text()) == ("Use the qform", "Keep the sform")
    np.testing.assert_allclose(entry.scan.volume.affine, MADE.affine, atol=1e-4)
    qtbot.mouseClick(window.banner.answer, LEFT)
    np.testing.assert_allclose(entry.scan.volume.affine, other, atol=1e-4)
    assert not window.banner.isVisible()
    assert "The reader chose the qform" in entry.scan.warnings[0]


def test_what_was_made_meanwhile_goes_along_to_the_other_transform(qtbot, window, model, opened, tmp_path):
    path = two_transforms(tmp_path / "case_t1.nii", (0, 0, 8))
    opened(1, path)
    source = window.study.entries[0]
    window.synthesizing.order(source, (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    model.held = True
    window.synthesizing.order(source, (Modality.FLAIR,))
    qtbot.mouseClick(window.banner.answer, LEFT)
    model.held = False
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    for made in window.study.entries[1:]:
        assert same_grid(made.scan.volume, source.scan.volume) and made.made_of is not source.scan


def test_what_was_opened_is_offered_again(qtbot, window, opened, head, tmp_path, monkeypatch):
    gone = write_phantom(tmp_path / "gone_t2.nii", MADE)
    opened(2, head, gone)
    assert window.preferences.recent == (str(gone), str(head))
    gone.unlink()
    menu = next(owner for owner in window.acts["forget-recent"].associatedObjects() if hasattr(owner, "aboutToShow"))
    menu.aboutToShow.emit()
    rows = [(row.text(), row.isEnabled()) for row in menu.actions() if not row.isSeparator()]
    assert rows == [("gone_t2.nii", False), ("head_t1.nii.gz", True), ("Clear the list", True)]
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    window.acts["forget-recent"].trigger()
    assert window.preferences.recent == ()


def test_a_folder_is_chosen_in_a_dialog(qtbot, window, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(lay_out(tmp_path / "disc", series(MADE))))
    window.acts["open-folder"].trigger()
    qtbot.waitUntil(lambda: len(window.study.entries) == 1)


def test_a_stranger_opened_while_comparing_is_looked_at_alone_and_no_link_is_asked_about(window, opened, tmp_path):
    opened(2, write_phantom(tmp_path / "case_t1.nii.gz"), write_phantom(tmp_path / "case_t2.nii.gz"))
    window.viewing.compare()
    opened(3, write_phantom(tmp_path / "far_t1.nii.gz", shift=(4000, 0, 0)))
    assert window.viewer.layout is Layout.FOUR_UP and not window.banner.isVisible()
