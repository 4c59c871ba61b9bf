"""From the click on "Synthesize T2" to the result on screen: the orders, their jobs, and where results land."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app import garbage
from app.jobs import Job, Lane
from app.state.study import Entry, Study
from app.state.synthesis import Order, Orders, Pace
from app.state.viewer import Layout, Viewer
from engine.errors import RespinError
from engine.files import Scan
from engine.modality import Modality
from engine.progress import Step, Work
from engine.synthesis import Request, Synthesis

if TYPE_CHECKING:
    from engine.bundle import Bundle
    from engine.translator import Translator

Translate = Callable[[Scan, Request], Work[tuple[Synthesis, ...]]]
"""Synthesis as long work; tests put their own in."""


class Translation:
    """The engine's translator, made in the thread at first use and kept, so that weights load once."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._translator: Translator | None = None

    def __call__(self, scan: Scan, request: Request) -> Work[tuple[Synthesis, ...]]:
        """The long work of one order."""
        translator = yield from self.wake()
        return (yield from translator.synthesize(scan, request))

    def wake(self) -> Work[Translator]:
        """Import what is heavy: torch and onnxruntime, seconds of them, of which the window feels a third of one."""
        if self._translator is None:
            yield Step("wake", 0, 1)
            with garbage.settling():
                from engine.device import choose
                from engine.translator import Translator

                self._translator = Translator(self._bundle, choose())
        return self._translator


class Synthesizing(QObject):
    """Takes orders, runs them one after the other, puts results beside their source.

    ask: puts a question with the words of its button; the function is called when the reader agrees
    """

    def __init__(
        self,
        translate: Translate,
        orders: Orders,
        study: Study,
        viewer: Viewer,
        ask: Callable[[str, str, Callable[[], None]], None],
        complain: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._translate = translate
        self._orders, self._study, self._viewer = orders, study, viewer
        self._ask, self._complain = ask, complain
        self._lane = Lane(self)
        self._jobs: dict[Order, Job] = {}
        self._looked_at: dict[Order, Entry | None] = {}
        self._pace: Pace | None = None

    def use(self, translate: Translate) -> None:
        """Orders from now on are done by another translation; those that wait keep theirs."""
        self._translate = translate

    def order(self, entry: Entry, targets: tuple[Modality, ...]) -> None:
        """Synthesize these targets; from data that is synthetic itself only when the reader insists."""
        if entry.scan.modality is None:
            self._complain(RespinError(f"Say first which contrast {entry.scan.name} is."))
            return
        scan = entry.scan  # as it is at the click: another frame may stand there when the order's turn comes
        order = self._orders.order(entry, entry.scan.modality, targets, self._viewer.crosshair)
        if scan.synthetic:
            question = f"{scan.name} is synthetic itself. What is made from it is a guess from a guess."
            self._ask(question, "Synthesize anyway", lambda: self._place(order, scan))
        else:
            self._place(order, scan)

    @property
    def busy(self) -> bool:
        """Whether an order or the warming up is under way."""
        return self._lane.busy

    def warm_up(self) -> None:
        """Get ready while the reader looks at the first scan, so that the first order need not wait."""
        if isinstance(self._translate, Translation) and not self.busy:
            self._lane.add(Job(self._translate.wake))

    @Slot()
    def cancel(self) -> None:
        """Drop the order under way; the next one follows."""
        if self._orders.waiting:
            self.drop(self._orders.waiting[0])

    @Slot(object)
    def drop(self, order: Order) -> None:
        """Cancel one order, under way or waiting; the others keep their turn."""
        if order in self._jobs:
            self._lane.drop(self._jobs[order])

    def close(self) -> None:
        """Stop everything, before the window goes."""
        self._lane.close()

    def _place(self, order: Order, scan: Scan) -> None:
        translate = self._translate
        job = Job(lambda: translate(scan, order.request))
        job.stepped.connect(self._on_step)
        job.finished.connect(lambda results: self._on_result(order, scan, results))
        job.failed.connect(lambda error: self._on_error(order, error))
        job.cancelled.connect(lambda: self._leave(order, f"{order.title} cancelled."))
        self._jobs[order] = job
        self._looked_at[order] = self._study.selected
        self._orders.waiting = (*self._orders.waiting, order)
        self._orders.message = ""
        self._lane.add(job)

    @Slot(object)
    def _on_step(self, step: Step) -> None:
        now = time.monotonic()
        if self._pace is None:
            self._pace = self._orders.pace(self._orders.waiting[0], now)
        self._orders.progress = self._pace.after(step, now)
        if step.preview is not None:
            self._orders.preview = step.preview

    def _on_result(self, order: Order, scan: Scan, results: tuple[Synthesis, ...]) -> None:
        seconds = max((result.seconds.get("total", 0.0) for result in results), default=0.0)
        if self._pace is not None:
            self._orders.learn(self._pace)
        warnings = dict.fromkeys(warning for result in results for warning in result.warnings)
        told = (f"{order.title} in {seconds:.0f} s.", *warnings)
        looked_at = self._looked_at[order]
        self._leave(order, "\n".join(told))
        landed = [Entry.made(result, order.entry, scan) for result in results]
        for entry in landed:
            self._study.add(entry)
        still = self._study.selected in (looked_at, order.entry)  # who has gone on is not called back
        if landed and order.entry in self._study.entries and still:
            self._study.compared = (order.entry, landed[0])
            self._study.selected = landed[0]
            self._viewer.layout, self._viewer.only = Layout.COMPARE, None

    def _on_error(self, order: Order, error: Exception) -> None:
        self._leave(order, f"{order.title} failed.")
        self._complain(error)

    def _leave(self, order: Order, message: str) -> None:
        """The order is over, one way or the other."""
        del self._jobs[order], self._looked_at[order]
        if order is self._orders.waiting[0]:
            self._pace = None
            self._orders.progress = self._orders.preview = None
        self._orders.waiting = tuple(other for other in self._orders.waiting if other is not order)
        self._orders.message = message
