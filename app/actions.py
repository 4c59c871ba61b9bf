"""The one table of actions: what menus, keys, buttons and the sheet of bindings are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence

from app.state.viewer import Layout, LeftButton, Plane
from engine.assets import assets

if TYPE_CHECKING:
    from app.main_window import MainWindow


@dataclass(frozen=True)
class Action:
    """Something the reader can ask for.

    menu:    where it is found ("" is nowhere: a key alone)
    keys:    in Qt's words; of_pane: they work only while a view has the focus, so that lists keep their arrows
    checked: a field of the viewer and its value that shows a tick
    """

    name: str
    text: str
    menu: str
    keys: tuple[str, ...]
    run: Callable[[MainWindow], object]
    icon: str = ""
    of_pane: bool = False
    checked: tuple[str, object] | None = None


def _toggle(field: str) -> Callable[[MainWindow], None]:
    return lambda window: setattr(window.viewer, field, not getattr(window.viewer, field))


def _scroll(steps: float) -> Callable[[MainWindow], None]:
    return lambda window: window.scroll(steps)


ACTIONS = (
    Action("open", "Open…", "File", ("Ctrl+O",), lambda w: w.choose_scans(), "open"),
    Action("export", "Export NIfTI…", "File", ("Ctrl+S",), lambda w: w.export(), "export"),
    Action("remove", "Remove from the list", "File", ("Delete",), lambda w: w.remove()),
    Action("save-picture", "Save picture…", "File", ("Ctrl+P",), lambda w: w.pictures.save()),
    Action("copy-picture", "Copy picture", "File", ("Ctrl+C",), lambda w: w.pictures.copy()),
    Action("quit", "Quit", "File", ("Ctrl+Q",), lambda w: w.close()),
    Action(
        "four-up",
        "Four views",
        "View",
        ("4",),
        lambda w: w.four_up(),
        "four-up",
        checked=("layout", Layout.FOUR_UP),
    ),
    Action("axial", "Axial", "View", ("A",), lambda w: w.show_only(Plane.AXIAL)),
    Action("sagittal", "Sagittal", "View", ("S",), lambda w: w.show_only(Plane.SAGITTAL)),
    Action("coronal", "Coronal", "View", ("C",), lambda w: w.show_only(Plane.CORONAL)),
    Action(
        "crosshair",
        "Crosshair",
        "View",
        ("X",),
        _toggle("show_crosshair"),
        "crosshair",
        checked=("show_crosshair", True),
    ),
    Action("annotations", "Annotations", "View", ("Shift+X",), _toggle("annotations"), checked=("annotations", True)),
    Action("interpolate", "Interpolation", "View", ("I",), _toggle("interpolate"), checked=("interpolate", True)),
    Action(
        "radiological",
        "Radiological display",
        "View",
        ("L",),
        _toggle("radiological"),
        checked=("radiological", True),
    ),
    Action("reset", "Reset zoom and position", "View", ("R",), lambda w: w.reset(), "reset"),
    Action("auto-window", "Auto window", "View", ("Ctrl+J",), lambda w: w.auto_window()),
    Action(
        "drag-window",
        "Left drag: window/level",
        "View",
        ("W",),
        lambda w: setattr(w.viewer, "left_button", LeftButton.WINDOW),
        checked=("left_button", LeftButton.WINDOW),
    ),
    Action(
        "drag-crosshair",
        "Left drag: crosshair",
        "View",
        ("H",),
        lambda w: setattr(w.viewer, "left_button", LeftButton.CROSSHAIR),
        checked=("left_button", LeftButton.CROSSHAIR),
    ),
    Action("full-screen", "Full screen", "View", ("F11",), lambda w: w.toggle_full_screen()),
    Action(
        "compare",
        "Source beside result",
        "Compare",
        ("5",),
        lambda w: w.compare(),
        "compare",
        checked=("layout", Layout.COMPARE),
    ),
    # Not everywhere: elsewhere Space presses the button that has the focus.
    Action("reset-here", "Reset zoom and position", "", ("Space",), lambda w: w.reset(), of_pane=True),
    Action("next", "Next slice", "", ("Up", "Right"), _scroll(1), of_pane=True),
    Action("previous", "Previous slice", "", ("Down", "Left"), _scroll(-1), of_pane=True),
    Action("five-on", "Five slices on", "", ("PgUp",), _scroll(5), of_pane=True),
    Action("five-back", "Five slices back", "", ("PgDown",), _scroll(-5), of_pane=True),
    Action("first", "First slice", "", ("Home",), _scroll(-100_000), of_pane=True),
    Action("last", "Last slice", "", ("End",), _scroll(100_000), of_pane=True),
    Action("synthesize-all", "All contrasts", "Synthesis", ("Ctrl+T",), lambda w: w.synthesize_all()),
    Action("cancel", "Cancel", "Synthesis", ("Ctrl+.",), lambda w: w.cancel()),
    Action("about-model", "What the model can do…", "Synthesis", (), lambda w: w.show_card()),
    Action("keys", "Keys and gestures", "Help", ("?",), lambda w: w.show_keys()),
)


def install(window: MainWindow) -> dict[str, QAction]:
    """Make the actions of a window, with their menus and keys."""
    made: dict[str, QAction] = {}
    for action in ACTIONS:
        made[action.name] = _make(action, window)
        if action.menu:
            window.menu(action.menu).addAction(made[action.name])
    return made


def bindings(actions: Iterable[Action] = ACTIONS) -> list[tuple[str, str]]:
    """Keys and what they do, in the order of the table."""
    return [(" or ".join(_native(key) for key in action.keys), action.text) for action in actions if action.keys]


def icon(name: str) -> QIcon:
    """One of our own drawings."""
    return QIcon(str(assets() / "icons" / f"{name}.svg"))


def _make(action: Action, window: MainWindow) -> QAction:
    made = QAction(action.text, window)
    made.setShortcuts([QKeySequence(key) for key in action.keys])
    made.triggered.connect(lambda: action.run(window))
    if action.icon:
        made.setIcon(icon(action.icon))
        made.setIconVisibleInMenu(False)
        made.setToolTip(f"{action.text} ({' or '.join(_native(key) for key in action.keys)})")
    if action.checked is not None:
        _tick(made, window, *action.checked)
    if action.of_pane:
        made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        window.grid.addAction(made)
    else:
        window.addAction(made)
    return made


def _tick(made: QAction, window: MainWindow, field: str, value: object) -> None:
    made.setCheckable(True)

    def show(now: object) -> None:
        made.setChecked(now == value)

    show(getattr(window.viewer, field))
    getattr(window.viewer.events, field).connect(show)
    made.triggered.connect(lambda: show(getattr(window.viewer, field)))


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
