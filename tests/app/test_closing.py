"""The window is closed in the middle of something: it goes at once, nothing hangs, nothing is half-written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from app import jobs, opening, report, scoring
from app.state.reporting import Wish
from engine import export
from engine.files import read
from engine.modality import Modality
from engine.progress import Step
from tests.phantoms import phantom, write_phantom


class Hold:
    """Work that stands still until it is closed, or, where a part cannot be interrupted, until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go_on, self.closed = threading.Event(), threading.Event(), threading.Event()

    def steps(self, *_: object):
        try:
            while True:
                self.reached.set()
                time.sleep(0.005)
                yield Step("hold", 0, 1)
        finally:
            self.closed.set()

    def let_go_soon(self) -> None:
        """While the window is waiting for the part under way."""
        threading.Timer(0.3, self.go_on.set).start()


@pytest.fixture
def hold() -> Hold:
    return Hold()


@pytest.fixture
def close(qtbot, window, hold) -> Callable[[], None]:
    """Close the window when the work is reached; afterwards no thread is left and nothing is told any more."""

    def close_and_look() -> None:
        qtbot.waitUntil(hold.reached.is_set)
        window.leaving._asked = True
        entries = window.study.entries
        window.close()
        qtbot.waitUntil(lambda: not jobs._begun)
        assert not window.isVisible() and window.study.entries == entries
        assert not any(lane.busy for lane in (window.files, window.synthesizing._lane, window.scoring._lane))

    return close_and_look


@pytest.fixture
def made(qtbot, window, head, open_scans):
    """A T2 made from the head's T1."""
    open_scans(head)
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2 and not window.synthesizing.busy)
    return window.study.entries[1]


def test_while_a_folder_is_looked_through(window, head, hold, close, monkeypatch):
    monkeypatch.setattr(opening, "find", hold.steps)
    window.open([head, head])
    close()
    assert hold.closed.is_set() and window.study.entries == ()


def test_while_a_scan_is_read(window, head, hold, close, monkeypatch):
    def slow(place, frame):
        hold.reached.set()
        hold.let_go_soon()
        assert hold.go_on.wait(60)
        return read(head)

    monkeypatch.setattr(opening, "read_place", slow)
    window.open([head])
    close()
    assert hold.go_on.is_set()


def test_while_one_synthesis_runs_and_another_waits(window, model, head, open_scans, hold, close):
    open_scans(head)
    window.synthesizing._translate = hold.steps
    for target in (Modality.T2, Modality.FLAIR):
        window.synthesizing.order(window.study.entries[0], (target,))
    close()
    assert hold.closed.is_set() and window.orders.waiting == () and window.orders.progress is None


def test_while_a_result_is_measured(qtbot, window, made, head, hold, close, monkeypatch, open_scans):
    monkeypatch.setattr(scoring, "score", hold.steps)
    open_scans(write_phantom(head.with_name("head_t2.nii.gz"), phantom(modality=Modality.T2)))
    window.study.selected = made
    close()
    assert hold.closed.is_set() and window.comparing.verdict.words.startswith("Measuring")


def test_while_results_are_written(window, made, hold, close, tmp_path, monkeypatch):
    folder, save = tmp_path / "out", export.save

    def slow(*arguments):
        hold.reached.set()
        hold.let_go_soon()
        assert hold.go_on.wait(60)
        return save(*arguments)

    monkeypatch.setattr(export, "save", slow)
    monkeypatch.setattr(window.exporting, "_choose", lambda *asked: asked[-1](folder))
    window.exporting.export_all([made, made])
    close()
    assert sorted(path.name for path in folder.iterdir()) == [
        "head_t1_desc-synth_T2w.json",
        "head_t1_desc-synth_T2w.nii.gz",
    ]
    assert read(folder / "head_t1_desc-synth_T2w.nii.gz").synthetic


def test_before_a_report_is_written_there_is_none(window, made, hold, close, tmp_path, monkeypatch):
    def slow(*_):
        hold.reached.set()
        hold.let_go_soon()
        assert hold.go_on.wait(60)

    monkeypatch.setattr(report, "digest", slow)
    monkeypatch.setattr(window.reporting, "_choose", lambda _: Wish(tmp_path / "report.pdf"))
    window.reporting.save()
    close()
    assert list(tmp_path.glob("*report*")) == [] and "report" not in window.panel.news.text()


def test_while_a_report_is_written_it_is_written_to_its_end(window, made, hold, close, tmp_path, monkeypatch):
    pdf = report.pdf

    def slow(page):
        hold.reached.set()
        hold.let_go_soon()
        assert hold.go_on.wait(60)
        return pdf(page)

    monkeypatch.setattr(report, "pdf", slow)
    monkeypatch.setattr(window.reporting, "_choose", lambda _: Wish(tmp_path / "report.pdf"))
    window.reporting.save()
    close()
    (written,) = tmp_path.glob("*report*")
    assert written.read_bytes().startswith(b"%PDF") and b"%%EOF" in written.read_bytes()[-8:]
