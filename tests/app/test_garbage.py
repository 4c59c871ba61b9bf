"""What Python collects, it collects on the GUI thread while there are lanes; a widget never dies elsewhere."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app import garbage
from app.jobs import Job, Lane
from app.main_window import MainWindow
from engine.progress import Step

_MORE = 20 * gc.get_threshold()[0]
"""Objects that make Python collect many times over."""


class Witness:
    """Lies in a cycle, and writes down in which thread it was collected."""

    def __init__(self, died: list[int]) -> None:
        self.me, self.died = self, died

    def __del__(self) -> None:
        self.died.append(threading.get_ident())


@pytest.fixture
def lane(qtbot: QtBot):
    lane = Lane()
    yield lane
    lane.close()


def rubbish():
    """Work that leaves many cycles behind."""
    for _ in range(_MORE):
        cycle = []
        cycle.append(cycle)
    yield Step("tidy", 0, 1)


def test_a_jobs_thread_collects_nothing(qtbot: QtBot, lane: Lane):
    gc.collect()
    died: list[int] = []
    Witness(died)
    job = Job(rubbish)
    with qtbot.waitSignal(job.ended):
        lane.add(job)
    qtbot.waitUntil(lambda: len(died) == 1)
    assert died == [threading.get_ident()]


def test_all_that_python_would_collect_is_collected(qtbot: QtBot, lane: Lane):
    died: list[int] = []
    Witness(died)
    gc.collect(0)
    assert len(died) == 1
    aged = Witness(died)
    gc.collect(0)
    del aged
    for _ in range(gc.get_threshold()[1] + 1):
        gc.collect(0)
    qtbot.waitUntil(lambda: len(died) == 2)


class Brought:
    """What the collector looks through, unlike plain numbers: an object that may hold others."""


def known(thing: object) -> bool:
    """Whether the collector looks through it."""
    return any(other is thing for other in gc.get_objects())


def test_what_a_library_brings_is_not_looked_through_again(qtbot: QtBot, lane: Lane):
    with garbage.settling():
        brought = Brought()
        qtbot.wait(3 * garbage.PAUSE_MS)
        assert known(brought)
    qtbot.waitUntil(lambda: not known(brought))


def test_nothing_is_collected_while_a_library_is_loaded(qtbot: QtBot, lane: Lane):
    died: list[int] = []
    with garbage.settling():
        Witness(died)
        next(rubbish())
        qtbot.wait(3 * garbage.PAUSE_MS)
    assert died == []


def test_what_comes_after_a_library_is_collected_as_before(qtbot: QtBot, lane: Lane):
    died: list[int] = []
    with garbage.settling():
        brought = Brought()
    qtbot.waitUntil(lambda: not known(brought))
    Witness(died)
    next(rubbish())
    qtbot.waitUntil(lambda: len(died) == 1)


def test_a_scan_that_is_closed_needs_no_collector(window: MainWindow, open_scans, head: Path, qtbot: QtBot):
    """It may be among what was set aside, and its memory must come back all the same."""
    open_scans(head)
    voxels = weakref.ref(window.study.entries[0].scan.volume)
    with garbage.settling():
        window.study.remove(window.study.entries[0])
        window.study.history.done = ()
        qtbot.waitUntil(lambda: voxels() is None)


def test_without_a_lane_python_collects_as_ever():
    program = """
import gc
from PySide6.QtCore import QCoreApplication, QTimer
from app import garbage
from app.jobs import Lane
application = QCoreApplication([])
one, other = Lane(), Lane()
assert not gc.isenabled()
one.close()
one.close()
assert not gc.isenabled()
with garbage.settling():
    pass
QTimer.singleShot(2 * garbage.PAUSE_MS, application.quit)
application.exec()
assert gc.get_freeze_count()
del other
assert gc.isenabled() and not gc.get_freeze_count()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
