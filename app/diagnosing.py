"""Asks what `respin doctor` asks, in the background, and shows the answers in the window."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app import garbage
from app.doctor import CHECKS, Finding, answer
from app.jobs import Job, Lane
from app.widgets.diagnostics_dialog import DiagnosticsDialog
from engine.progress import Step, Work


def diagnose(window: QWidget) -> DiagnosticsDialog:
    """Open the dialog at once; it fills when the answers are there. Closed early, the rest is not asked."""
    dialog = DiagnosticsDialog(window)
    lane = Lane(dialog)
    job = Job(_asking)
    job.stepped.connect(lambda step: dialog.tell(step.done, step.total))
    job.finished.connect(dialog.show_findings)
    dialog.finished.connect(lambda *_: lane.drop(job))
    lane.add(job)
    dialog.open()
    return dialog


def _asking() -> Work[tuple[Finding, ...]]:
    """One question a step; some of them load torch, and none of it is garbage."""
    found: list[Finding] = []
    with garbage.settling():
        for done, check in enumerate(CHECKS):
            yield Step(check.__name__, done, len(CHECKS))
            found.append(answer(check))
    return tuple(found)
