"""Asks what `respin doctor` asks, in the background, and shows the answers in the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app import garbage
from app.doctor import CHECKS, Finding, answer
from app.jobs import Job, Lane
from app.widgets.diagnostics_dialog import DiagnosticsDialog
from engine.progress import Step, Work


def diagnose(window: QWidget) -> DiagnosticsDialog:
    """Open the dialog at once; it fills as the answers come. Closed early, the rest is not asked."""
    dialog = DiagnosticsDialog(len(CHECKS), window)
    lane = Lane(dialog)
    jobs = [Job(partial(_asking, check)) for check in CHECKS]
    dialog.finished.connect(lambda *_: [lane.drop(job) for job in reversed(jobs)])
    for job in jobs:
        job.finished.connect(dialog.show_finding)
        lane.add(job)
    dialog.open()
    return dialog


def _asking(check: Callable[[], Finding]) -> Work[Finding]:
    """One question; some of them load torch, and none of it is garbage."""
    yield Step(check.__name__, 0, 1)
    with garbage.settling():
        return answer(check)
