"""Every control of the window: a name for those who cannot see it, words under the pointer, a way to it by Tab."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from app.widgets.binding_sheet import BindingSheet
from app.widgets.slice_pane import SlicePane
from app.widgets.volume_pane import VolumePane
from engine.modality import Modality
from tests.app.test_window import synthesize

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
    SlicePane,
    VolumePane,
)
PARTS = (QScrollBar,)
"""Made by Qt inside others."""


def controls(window) -> list[QWidget]:
    """Every control on screen, but for what Qt builds its own controls of."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and widget.isVisibleTo(window)
        and not isinstance(widget, PARTS)
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox))
    ]


def told(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.objectName()} {getattr(widget, 'text', str)()}".strip()


@pytest.fixture
def busy(qtbot, window, model, head, open_scans):
    """The window with a scan, a result, and everything unfolded."""
    open_scans(head)
    synthesize(qtbot, window, Modality.T2)
    window.panel.settings.fold.setChecked(True)
    QApplication.processEvents()
    return window


def test_every_control_has_a_name(busy):
    names = {told(widget): widget.accessibleName() or getattr(widget, "text", str)() for widget in controls(busy)}
    assert len(names) > 10
    assert [control for control, name in names.items() if not name] == []


def test_every_control_says_what_it_is_for_under_the_pointer(busy):
    views = (SlicePane, VolumePane, QAbstractItemView)
    silent = [told(widget) for widget in controls(busy) if not isinstance(widget, views) and not widget.toolTip()]
    assert silent == []


def test_every_control_is_reached_by_tab(qtbot, busy):
    busy.list.rows.setFocus()
    seen: set[QWidget] = set()
    for _ in range(80):
        seen.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    wanted = [widget for widget in controls(busy) if widget.isEnabled() and not isinstance(widget, QProgressBar)]
    grouped = {
        button
        for group in busy.panel.findChildren(QAbstractButton)
        if group.objectName() == "segment"
        for button in [group]
    }
    missed = [told(widget) for widget in wanted if widget not in seen and widget not in grouped]
    assert missed == []


def test_tab_goes_through_list_views_and_panel_in_that_order(qtbot, busy):
    busy.list.rows.setFocus()
    order = []
    for _ in range(60):
        widget = QApplication.focusWidget()
        for place in (busy.list, busy.grid, busy.panel):
            if place.isAncestorOf(widget) and (not order or order[-1] is not place):
                order.append(place)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    turned = order[:3]
    assert turned == [busy.list, busy.grid, busy.panel]


def test_the_focus_is_seen_wherever_it_is(qtbot, busy):
    """A control with the focus looks different from the same without it."""
    for widget in controls(busy):
        if not widget.isEnabled() or widget.focusPolicy() is Qt.FocusPolicy.NoFocus:
            continue
        busy.menuBar().setFocus()
        QApplication.processEvents()
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if widget.hasFocus():
            assert widget.grab().toImage() != before, told(widget)


def test_the_sheet_fits_a_small_screen_and_finds_a_word(qtbot, busy):
    busy.show_keys()
    sheet = busy.findChild(BindingSheet)
    assert sheet.width() <= 1280 and sheet.height() <= 660
    qtbot.keyClicks(sheet.search, "zoom")
    shown = sheet.words()
    assert shown and all("zoom" in f"{how} {what}".lower() for how, what in shown)


def test_every_control_has_a_name_for_those_who_cannot_see_it(window, head, open_scans):
    open_scans(head)
    nameless = [
        type(widget).__name__
        for widget in window.findChildren(QAbstractButton)
        if widget.isVisibleTo(window) and not (widget.accessibleName() or widget.text())
    ]
    assert nameless == []
    assert "Axial" in window.grid.panes[0].accessibleName()


def test_everything_of_every_day_is_reached_by_tab(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window)
    window.list.rows.setFocus()
    seen = set()
    for _ in range(40):
        seen.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    wanted = {*window.panel.targets.values(), window.panel.source, window.panel.export_button, window.list.rows}
    assert wanted <= seen and set(window.grid.panes) <= seen
