"""Cyclic garbage is collected on the GUI thread alone, as long as there are threads beside it.

Python collects in whichever thread happens to allocate. A job's thread would so destroy widgets and timers
of a closed window, which belong to the GUI thread, and Qt crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QTimer

_PAUSE_MS = 250
"""Between two looks at how much was allocated."""
_GROWTH = 0.25
"""Of all objects, how many must be new before all are looked through: Python's own rule, for that takes long."""


class _Collector:
    """Python's rule for when to collect, followed by a timer."""

    def __init__(self) -> None:
        self._holders = 0
        self._old, self._new = 0, 0
        self._timer: QTimer | None = None

    def hold(self) -> None:
        """From now on nothing is collected in another thread. To be called on the GUI thread."""
        self._holders += 1
        if self._holders == 1:
            gc.disable()
            self._timer = QTimer(QCoreApplication.instance(), interval=_PAUSE_MS)
            self._timer.timeout.connect(self.look)
            self._timer.start()

    def release(self) -> None:
        """Take back one `hold`; after the last one Python collects by itself again."""
        self._holders -= 1
        if self._holders == 0 and self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
            self._timer = None
            gc.enable()

    def look(self) -> None:
        """Collect what Python would have collected by now."""
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
hold, release = _collector.hold, _collector.release
