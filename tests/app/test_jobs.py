"""Long work in the background: what it says arrives on the GUI thread, and cancelling cleans up in the worker."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.jobs import Job, Lane
from engine.errors import RespinError
from engine.progress import Step


class Work:
    """Work whose steps are let go one by one, and which writes down the thread of everything it does."""

    def __init__(self, steps: int = 3, error: Exception | None = None, wait: bool = False) -> None:
        self.steps, self.error, self.wait = steps, error, wait
        self.go_on = threading.Event()
        self.threads: dict[str, int] = {}

    def __call__(self) -> Generator[Step, None, str]:
        self.threads["made"] = threading.get_ident()
        self.generator = self.run()  # kept, so that only close() can end it
        return self.generator

    def run(self) -> Generator[Step, None, str]:
        try:
            for done in range(self.steps):
                yield Step("denoise", done, self.steps)
                if self.wait:
                    assert self.go_on.wait(10)
            if self.error is not None:
                raise self.error
            return "result"
        finally:
            self.threads["closed"] = threading.get_ident()


@pytest.fixture
def heard():
    return []


def listen(job: Job, heard: list) -> Job:
    here = threading.get_ident()

    def note(name):
        def hear(*values):
            assert threading.get_ident() == here, f"{name} was told on another thread"
            heard.append((name, *values))

        return hear

    for name in ("stepped", "finished", "failed", "cancelled", "ended"):
        getattr(job, name).connect(note(name))
    return job


def names(heard: list) -> list[str]:
    return [name for name, *_ in heard]


def test_steps_and_result_arrive_in_order_on_the_gui_thread(qtbot: QtBot, heard):
    work = Work()
    job = listen(Job(work), heard)
    with qtbot.waitSignal(job.ended):
        job.start()
    assert names(heard) == ["stepped"] * 3 + ["finished", "ended"]
    assert heard[1][1] == Step("denoise", 1, 3) and heard[3][1] == "result"
    assert work.threads["made"] == work.threads["closed"] != threading.get_ident()


def test_a_failure_is_told_and_not_raised(qtbot: QtBot, heard):
    error = RespinError("No brain was found.")
    job = listen(Job(Work(steps=1, error=error)), heard)
    with qtbot.waitSignal(job.ended):
        job.start()
    assert names(heard) == ["stepped", "failed", "ended"] and heard[1][1] is error


def test_work_that_cannot_even_begin_fails_like_any_other(qtbot: QtBot, heard):
    def refuse():
        raise RespinError("The model is damaged.")

    job = listen(Job(refuse), heard)
    with qtbot.waitSignal(job.ended):
        job.start()
    assert names(heard) == ["failed", "ended"]


def test_cancelling_is_told_at_once_and_closes_the_work_in_its_own_thread(qtbot: QtBot, heard):
    work = Work(wait=True)
    job = listen(Job(work), heard)
    with qtbot.waitSignal(job.stepped):
        job.start()
    begun = time.monotonic()
    job.cancel()
    assert names(heard)[-1] == "cancelled" and time.monotonic() - begun < 0.1
    with qtbot.waitSignal(job.ended):
        work.go_on.set()
    assert names(heard) == ["stepped", "cancelled", "ended"]
    assert work.threads["closed"] == work.threads["made"] != threading.get_ident()


def test_one_job_runs_at_a_time_in_the_order_of_asking(qtbot: QtBot, heard):
    lane, running, most = Lane(), [], []

    def work(name):
        def run():
            running.append(name)
            most.append(len(running))
            yield Step(name, 0, 1)
            running.remove(name)
            return name

        return run

    jobs = [listen(Job(work(name)), heard) for name in "abc"]
    with qtbot.waitSignal(jobs[-1].ended):
        for job in jobs:
            lane.add(job)
    assert [told[1] for told in heard if told[0] == "finished"] == ["a", "b", "c"]
    assert max(most) == 1
    qtbot.waitUntil(lambda: not lane.busy)


def test_a_waiting_job_that_is_dropped_never_begins(qtbot: QtBot, heard):
    lane, first, second, third = Lane(), Work(wait=True), Work(), Work()
    jobs = [Job(work) for work in (first, second, third)]
    for job in jobs:
        lane.add(job)
    listen(jobs[1], heard)
    lane.drop(jobs[1])
    assert names(heard) == ["cancelled"]
    with qtbot.waitSignal(jobs[2].ended):
        first.go_on.set()
    assert second.threads == {} and "made" in third.threads


def test_closing_a_lane_leaves_no_thread_behind(qtbot: QtBot):
    lane, work = Lane(), Work(steps=10_000)
    job = Job(work)
    lane.add(job)
    lane.add(Job(Work()))
    with qtbot.waitSignal(job.stepped):
        pass
    lane.close()
    assert "closed" in work.threads


def test_a_program_that_ends_in_the_middle_ends_in_peace():
    program = """
import time
from PySide6.QtCore import QCoreApplication
from app.jobs import Job, Lane
from engine.progress import Step
def work():
    while True:
        time.sleep(0.01)
        yield Step("denoise", 0, 1)
application = QCoreApplication([])
lane = Lane()
lane.add(Job(work))
time.sleep(0.1)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_job_that_comes_after_closing_is_cancelled(qtbot: QtBot, heard):
    lane, work = Lane(), Work()
    lane.close()
    lane.add(listen(Job(work), heard))
    assert names(heard) == ["cancelled"] and work.threads == {} and not lane.busy


_ROOMS = """
import gc, random
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer
from app.jobs import Job, Lane
from engine.progress import Step

application, luck, heard = QCoreApplication([]), random.Random(0), []

class Room(QObject):
    '''Held by what it connects to its jobs, and by nothing else; its lane is its child.'''

    def __init__(self):
        super().__init__()
        self.lane, self.me = Lane(self), luck.choice((self, None))
        self.timer = QTimer(self, interval=1)
        self.timer.timeout.connect(lambda: None)
        self.timer.start()

    def ask(self):
        job = Job(lambda: self.work(luck.randrange(6)))
        job.stepped.connect(lambda step: self.hear(step))
        for signal in (job.finished, job.failed):
            signal.connect(lambda what: self.hear(what))
        job.cancelled.connect(lambda: self.hear(None))
        self.lane.add(job)
        return job

    def work(self, steps):
        for done in range(steps):
            cycles = [[] for _ in range(1000)]
            for cycle in cycles:
                cycle.append(cycle)
            yield Step("denoise", done, steps)
        if steps == 3:
            raise ValueError(steps)
        return steps

    def hear(self, what):
        heard.append(what)

def spin(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()

for _ in range(ROUNDS):
    room = Room()
    jobs = [room.ask() for _ in range(luck.randrange(1, 4))]
    spin(luck.randrange(8))
    if luck.random() < 0.4:
        room.lane.drop(luck.choice(jobs))
    if luck.random() < 0.4:
        room.lane.close()
    if luck.random() < 0.2:
        gc.collect()
    del room, jobs
assert len(heard) > ROUNDS
"""


def test_rooms_that_are_let_go_of_at_any_time_take_nothing_down_with_them():
    program = _ROOMS.replace("ROUNDS", "300")
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", program],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_job_says_last_is_freed_on_the_gui_thread(qtbot: QtBot):
    died: list[int] = []

    class Said(Exception):
        def __del__(self):
            died.append(threading.get_ident())

    def returns():
        yield Step("denoise", 0, 1)
        return Said()

    def raises():
        yield Step("denoise", 0, 1)
        raise Said()

    lane = Lane()
    for work in (returns, raises) * 20:
        lane.add(Job(work))
    qtbot.waitUntil(lambda: not lane.busy)
    lane.close()
    qtbot.waitUntil(lambda: len(died) == 40)
    assert set(died) == {threading.get_ident()}
