"""The one-page report: what is on it, and what must never be."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html import unescape
from threading import get_ident

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app import report as room
from app.state.reporting import Wish, pair_of
from engine import brain
from engine.modality import Modality
from engine.progress import Step
from engine.volume import foreground
from tests.app.test_badge import is_badged
from tests.pdf import text_of
from tests.phantoms import phantom, write_phantom

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def study(qtbot, window, tmp_path, open_scans):
    """A T1 of a patient whose name is in the file's and the folder's, and a T1CE made from it."""
    folder = tmp_path / "Doe_Jane"
    folder.mkdir()
    open_scans(write_phantom(folder / "DoeJane_t1.nii.gz", phantom()))
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    return window


def report(qtbot, window, monkeypatch, path, named=False) -> str:
    """The text of the report that Ctrl+Shift+P saves."""
    monkeypatch.setattr(window.reporting, "_choose", lambda _: Wish(path, named))
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: path.exists() or window.banner.isVisible())
    assert path.exists(), window.banner.label.text()
    return path.read_bytes().decode("latin-1" if path.suffix == ".pdf" else "utf-8")


def words(html: str) -> str:
    """What a reader reads: no tags, no pictures."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"src='data:[^']*'", "", html))))


def pictures(html: str) -> list[QImage]:
    return [
        QImage.fromData(base64.b64decode(data)) for data in re.findall(r"src='data:image/png;base64,([^']*)'", html)
    ]


def test_without_a_real_target_it_says_that_the_error_is_unknown(qtbot, study, tmp_path, monkeypatch):
    told = words(report(qtbot, study, monkeypatch, tmp_path / "report.html"))
    assert "No ground truth: error unknown." in told and "PSNR = 10" not in told
    assert "Research use only. Not for diagnosis." in told
    assert "Radiological: patient's RIGHT is on the LEFT" in told and "Crosshair at R" in told
    assert "Standard: 4 steps, UniPC, Karras" in told and "UniPC" in told


def test_it_holds_nobody_s_name(qtbot, study, tmp_path, monkeypatch):
    html = report(qtbot, study, monkeypatch, tmp_path / "report.html")
    pdf = report(qtbot, study, monkeypatch, tmp_path / "report.pdf")
    told = text_of(pdf.encode("latin-1"))
    assert "SHA-256ofthefile" in told
    for text in (html, pdf, told):
        assert "DoeJane" not in text and "Doe_Jane" not in text and str(tmp_path) not in text
    assert re.search(r"SHA-256 of the file [0-9a-f]{64}", words(html))
    named = words(report(qtbot, study, monkeypatch, tmp_path / "named.html", named=True))
    assert "DoeJane_t1.nii.gz" in named and str(tmp_path) not in named
    named = report(qtbot, study, monkeypatch, tmp_path / "named.pdf", named=True)
    assert "DoeJane_t1.nii.gz" in text_of(named.encode("latin-1"))


def test_source_and_result_stand_side_by_side_and_the_result_is_badged(qtbot, study, tmp_path, monkeypatch):
    study.viewer.annotations = False
    shown = pictures(report(qtbot, study, monkeypatch, tmp_path / "report.html"))
    assert [is_badged(image.scaled(328, 288)) for image in shown] == [False, True, False, True]
    assert all(image.width() >= 900 for image in shown)


def test_against_a_real_target_the_numbers_are_those_of_the_engine(qtbot, study, tmp_path, open_scans, monkeypatch):
    from engine.metrics import compare

    open_scans(write_phantom(tmp_path / "Doe_Jane" / "DoeJane_t2.nii.gz", phantom(modality=Modality.T2)))
    made, real = study.study.entries[1], study.study.entries[2]
    study.study.selected = made
    told = words(report(qtbot, study, monkeypatch, tmp_path / "report.html"))
    scores = compare(made.scan.volume, real.scan.volume)["mask"]
    assert f"{scores.psnr:.2f} dB {scores.nmse:.4f} {scores.ssim:.4f}" in told
    assert "PSNR = 10 log10(1/MSE)" in told and "No ground truth" not in told


def test_of_a_whole_head_the_numbers_are_those_of_its_brain_as_above_the_views(
    qtbot, study, tmp_path, open_scans, monkeypatch
):
    from engine.metrics import compare

    stripped = phantom(modality=Modality.T2)

    def extract(volume):
        yield Step("brain", 0, 1)
        return stripped

    monkeypatch.setattr(brain, "extract", extract)
    open_scans(write_phantom(tmp_path / "Doe_Jane" / "DoeJane_t2.nii.gz", phantom(modality=Modality.T2, skull=True)))
    made, real = study.study.entries[1], study.study.entries[2]
    study.study.selected = made
    told = words(report(qtbot, study, monkeypatch, tmp_path / "report.html"))
    scores = compare(made.scan.volume, real.scan.volume, foreground(stripped.data))["mask"]
    assert f"Inside the brain {scores.psnr:.2f} dB {scores.nmse:.4f} {scores.ssim:.4f}" in told
    qtbot.waitUntil(lambda: study.comparing.verdict.words.startswith("Against"))
    assert f"PSNR {scores.psnr:.1f} dB" in study.comparing.verdict.words


def test_a_strangers_scan_is_no_truth_though_it_lies_on_the_same_grid(qtbot, study, tmp_path, open_scans, monkeypatch):
    open_scans(write_phantom(tmp_path / "RoeJohn_t2.nii.gz", phantom(modality=Modality.T2)))
    study.study.selected = study.study.entries[1]
    told = words(report(qtbot, study, monkeypatch, tmp_path / "report.html"))
    assert "No ground truth: error unknown." in told and "PSNR = 10" not in told


def test_enhancement_is_called_a_guess(qtbot, window, head, open_scans, tmp_path, monkeypatch, model):
    open_scans(head)
    window.synthesizing.order(window.study.entries[0], (Modality.T1CE,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    told = words(report(qtbot, window, monkeypatch, tmp_path / "report.html"))
    assert "Enhancement in a synthetic T1CE is a guess" in told
    assert "Enhancement in a synthetic T1CE is a guess" in window.panel.message.text()


def test_the_pdf_is_one_page(qtbot, study, tmp_path, monkeypatch):
    text = report(qtbot, study, monkeypatch, tmp_path / "report.pdf")
    assert text.startswith("%PDF") and len(re.findall(r"/Type\s*/Page\b(?!s)", text)) == 1


def test_the_page_is_made_beside_the_window_and_is_the_same(qtbot, study, tmp_path, monkeypatch):
    threads, pages = [], []

    def pdf(page):
        threads.append(get_ident())
        pages.append(page)
        return made(page)

    made = room.pdf
    monkeypatch.setattr(room, "pdf", pdf)
    beside = report(qtbot, study, monkeypatch, tmp_path / "report.pdf")
    assert len(threads) == 1 and threads[0] != get_ident()
    assert undated(beside) == undated(made(pages[0]).decode("latin-1"))


def undated(pdf: str) -> str:
    """A PDF without what Qt makes anew for each: the times, and the number of the document."""
    return re.sub(r"\(D:\d+Z?|\d{4}-\d\d-\d\dT[\d:]+|uuid:[0-9a-f-]+|/ID \[[^]]*\]", "", pdf)


def test_the_source_is_the_frame_that_the_result_was_made_of(study):
    """Whatever the reader has turned the source to since."""
    source, made = study.study.entries[0], next(e for e in study.study.entries if e.synthesis is not None)
    study.study.selected = made
    before = source.scan
    source.scan = replace(before, volume=before.volume.with_data(before.volume.data[..., ::-1].copy()))
    pair = pair_of(study.study)
    assert pair is not None and pair[1] is made
    assert pair[0].scan.volume.data is before.volume.data


def test_the_source_lies_where_it_lies_by_now(study):
    """As the result does, which follows it."""
    source, made = study.study.entries[0], next(e for e in study.study.entries if e.synthesis is not None)
    study.study.selected = made
    moved = source.scan.volume.affine + np.array([[0, 0, 0, 8.0], [0] * 4, [0] * 4, [0] * 4])
    source.scan = replace(source.scan, volume=replace(source.scan.volume, affine=moved))
    pair = pair_of(study.study)
    assert pair is not None
    assert np.array_equal(pair[0].scan.volume.affine, moved)
    assert np.array_equal(made.scan.volume.affine, moved)


def test_a_map_of_uncertainty_has_no_report(study):
    made = next(e for e in study.study.entries if e.synthesis is not None)
    study.study.selected = made
    made.is_spread = True
    assert pair_of(study.study) is None


def test_without_a_result_there_is_nothing_to_report(qtbot, window, head, open_scans, tmp_path, monkeypatch):
    open_scans(head)
    monkeypatch.setattr(window.reporting, "_choose", lambda _: Wish(tmp_path / "report.html"))
    assert not window.acts["save-report"].isEnabled()
    window.reporting.save()
    assert "select the result first" in window.banner.label.text() and list(tmp_path.glob("*.html")) == []


def test_a_synthetic_scan_without_its_source_has_no_report(study, open_scans, tmp_path):
    """Not even beside another scan: that one is a stranger to it."""
    source, made = study.study.entries
    assert study.acts["save-report"].isEnabled()
    open_scans(write_phantom(tmp_path / "Roe_t1.nii.gz", phantom()))
    study.study.remove(source)
    study.study.compared = (study.study.entries[-1], made)
    study.study.selected = made
    assert not study.acts["save-report"].isEnabled() and not study.panel.report.isEnabled()
    assert "Save report…" not in [action.text() for action in study.study_menu.menu(made).actions()]


def test_a_report_that_cannot_be_written_is_said(qtbot, study, tmp_path, monkeypatch):
    monkeypatch.setattr(study.reporting, "_choose", lambda _: Wish(tmp_path / "no" / "report.pdf"))
    qtbot.keyClick(study, Qt.Key.Key_P, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: study.banner.isVisible())
    assert "report.pdf" in study.banner.label.text()


def test_another_grid_is_no_ground_truth(qtbot, study, tmp_path, open_scans, monkeypatch):
    open_scans(write_phantom(tmp_path / "coarse_t2.nii.gz", phantom((24, 28, 20), (2, 2, 2), modality=Modality.T2)))
    study.study.selected = study.study.entries[1]
    assert "No ground truth: error unknown." in words(report(qtbot, study, monkeypatch, tmp_path / "report.html"))
