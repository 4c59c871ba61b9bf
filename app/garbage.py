"""Cyclic garbage is collected on the GUI thread alone, as long as there are threads beside it.

Python collects in whichever thread happens to allocate. A job's thread would so destroy widgets and timers
of a closed window, which belong to the GUI thread, and Qt crashes.

What the engine's libraries bring stays as long as the program, and looking through it takes longer than a reader
should wait: it is set aside once (`settling`), and from then on only what came later is looked through.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QTimer

PAUSE_MS = 250
"""Between two looks at how much was allocated."""
_GROWTH = 0.25
"""Of all objects, how many must be new before all are looked through: Python's own rule, for that takes long."""


class _Collector:
    """Python's rule for when to collect, followed by a timer."""

    def __init__(self) -> None:
        self._holders = 0
        self._old, self._new = 0, 0
        self._timer: QTimer | None = None
        self._settling, self._settled = 0, False

    def hold(self) -> None:
        """From now on nothing is collected in another thread. To be called on the GUI thread."""
        self._holders += 1
        if self._holders == 1:
            gc.disable()
            self._timer = QTimer(QCoreApplication.instance(), interval=PAUSE_MS)
            self._timer.timeout.connect(self.look)
            self._timer.start()

    def release(self) -> None:
        """Take back one `hold`; after the last one Python collects by itself again."""
        self._holders -= 1
        if self._holders == 0 and self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
            self._timer = None
            self._settled = False
            gc.unfreeze()
            gc.enable()

    @contextmanager
    def settling(self) -> Generator[None]:
        """Around imports, in any thread: nothing is collected meanwhile, and what is there afterwards is set aside.

        What lies about at that moment and belongs to nobody is kept with it, until the last `release`.
        """
        self._settling += 1
        try:
            yield
        finally:
            self._settling -= 1
            self._settled = True

    def look(self) -> None:
        """Collect what Python would have collected by now."""
        if self._settling:
            return
        if self._settled:
            gc.freeze()
            self._old, self._new, self._settled = 0, 0, False
        young, middle, old = (count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True))
        if old and self._new > _GROWTH * self._old:
            gc.collect()
            self._old, self._new = len(gc.get_objects(2)), 0
        elif middle or old:
            self._new += len(gc.get_objects(0)) + len(gc.get_objects(1))
            gc.collect(1)
        elif young:
            gc.collect(0)


_collector = _Collector()
hold, release, settling = _collector.hold, _collector.release, _collector.settling
