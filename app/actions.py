"""The one table of actions: what menus, keys, buttons and the sheet of bindings are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu

from app.menus.action import Action, Run
from app.menus.colours import COLOURS
from app.menus.compare import COMPARE
from app.menus.depth import DEPTH
from app.menus.edit import EDIT
from app.menus.file import FILE
from app.menus.help import HELP
from app.menus.measure import MEASURE
from app.menus.slices import SLICES
from app.menus.synthesis import SYNTHESIS
from app.menus.view import VIEW
from app.widgets.held_keys import HeldKeys
from engine.assets import assets

if TYPE_CHECKING:
    from app.main_window import MainWindow

ACTIONS = (*FILE, *EDIT, *VIEW, *COLOURS, *DEPTH, *COMPARE, *MEASURE, *SLICES, *SYNTHESIS, *HELP)


def install(window: MainWindow) -> dict[str, QAction]:
    """Make the actions of a window, with their menus and keys."""
    made: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    held = HeldKeys(window)
    for action in ACTIONS:
        made[action.name] = _make(action, window, held)
        if action.menu:
            menu = _menu(menus, action.menu, window)
            if action.ruled and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(made[action.name])
    _fill(window.grid.volume.menu, DEPTH, made)
    return made


def _fill(menu: QMenu, rows: Iterable[Action], made: dict[str, QAction]) -> None:
    """Put these rows into a menu of a view, ruled as in the menu bar."""
    for action in rows:
        if action.ruled and not menu.isEmpty():
            menu.addSeparator()
        if action.menu:
            menu.addAction(made[action.name])


def bindings(actions: Iterable[Action] = ACTIONS) -> list[tuple[str, str]]:
    """Keys and what they do, in the order of the table."""
    return [(_keys(action), action.text) for action in actions if action.keys]


def icon(name: str) -> QIcon:
    """One of our own drawings."""
    return QIcon(str(assets() / "icons" / f"{name}.svg"))


def _make(action: Action, window: MainWindow, held: HeldKeys) -> QAction:
    made = QAction(action.text, window)
    made.setToolTip(f"{action.text.rstrip('…')} ({_keys(action)})" if action.keys else action.text)
    made.triggered.connect(lambda: action.run(window))
    if action.icon:
        made.setIcon(icon(action.icon))
        made.setIconVisibleInMenu(False)
    if action.checked is not None:
        _tick(made, window, *action.checked)
    if action.ready is not None:
        _offer(made, window, action.ready)
    if (up := action.up) is not None:
        made.setIconText(action.text)
        made.setText(f"{action.text}\t{_keys(action)}")  # no shortcut of Qt's: its menu would not show the key
        held.add(action.keys, lambda: action.run(window), lambda: up(window))
        return made
    made.setShortcuts([QKeySequence(key) for key in action.keys])
    if action.of_pane:
        made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        window.grid.addAction(made)
    else:
        window.addAction(made)
    return made


def _menu(menus: dict[str, QMenu], path: str, window: MainWindow) -> QMenu:
    """The menu of this name, made when first asked for; "View/Mouse" lies in "View"."""
    if path not in menus:
        above, _, name = path.rpartition("/")
        parent = _menu(menus, above, window) if above else window.menuBar()
        menus[path] = parent.addMenu(name if above else f"&{name}")
    return menus[path]


def _tick(made: QAction, window: MainWindow, field: str, value: object) -> None:
    made.setCheckable(True)

    def show(now: object) -> None:
        made.setChecked(now == value)

    owner, _, name = field.rpartition(".")
    state = getattr(window, owner or "viewer")
    show(getattr(state, name))
    getattr(state.events, name).connect(show)
    made.triggered.connect(lambda: show(getattr(state, name)))


def _offer(made: QAction, window: MainWindow, ready: Run) -> None:
    """Grey while there is nothing to do it with."""

    def look(*_: object) -> None:
        made.setEnabled(bool(ready(window)))

    for signal in (window.study.events, window.viewer.events.measures):
        signal.connect(look)
    look()


def _keys(action: Action) -> str:
    words = " or ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in action.keys)
    return f"hold {words}" if action.up else words
