"""Couples a widget with a field of the state, both ways, in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance


def bind(state: Any, field: str, changed: SignalInstance, show: Callable[[Any], object]) -> None:
    """The widget shows the field now and whenever it changes; the field follows the widget's signal.

    changed: the widget's signal, whose argument is the new value
    show:    the widget's setter; showing what is shown already must emit nothing (as Qt's setters do)
    """
    show(getattr(state, field))
    getattr(state.events, field).connect(lambda value: show(value))
    changed.connect(lambda value: setattr(state, field, value))
