"""What Python collects, it collects on the GUI thread while there are lanes; a widget never dies elsewhere."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.jobs import Job, Lane
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


def test_without_a_lane_python_collects_as_ever():
    program = """
import gc
from PySide6.QtCore import QCoreApplication
from app.jobs import Lane
application = QCoreApplication([])
one, other = Lane(), Lane()
assert not gc.isenabled()
one.close()
one.close()
assert not gc.isenabled()
del other
assert gc.isenabled()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
