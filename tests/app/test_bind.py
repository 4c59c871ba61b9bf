"""A widget and a field of the state, coupled both ways."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from app.bind import bind
from app.state.synthesis import Orders


def test_both_ways(qtbot):
    orders, box = Orders(seed=5), QSpinBox()
    qtbot.addWidget(box)
    bind(orders, "seed", box.valueChanged, box.setValue)
    assert box.value() == 5
    box.setValue(8)
    assert orders.seed == 8
    orders.seed = 3
    assert box.value() == 3
