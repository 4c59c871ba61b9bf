"""Draws the pictures of the guide: the real window on the sample, worked through its state, grabbed off the screen.

    make pictures            all of them
    python docs/pictures.py compare models

The sample is the only head that is ever shown here.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from time import monotonic

REPOSITORY = Path(__file__).resolve().parent.parent
PICTURES = REPOSITORY / "docs" / "pictures"
SIZE = (1280, 760)
COLOURS = 96
"""Of the palette: greys of a brain, one accent, amber. A quarter of the bytes, and the eye sees no difference."""

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(REPOSITORY))

from PIL import Image  # noqa: E402
from PySide6.QtCore import QBuffer  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app.main_window import MainWindow, dress  # noqa: E402
from app.state.mixed import Blend  # noqa: E402
from app.state.viewer import Layout  # noqa: E402
from app.widgets.export_dialog import ExportDialog  # noqa: E402
from app.widgets.models_dialog import ModelsDialog  # noqa: E402
from engine.bundle import open_bundle  # noqa: E402
from engine.files import write_bytes  # noqa: E402
from engine.modality import Modality  # noqa: E402
from engine.synthesis import Mode  # noqa: E402

PATIENCE_S = 1200


def main(names: list[str], out: Path = PICTURES, model: str | Path = "compact", mode: Mode | None = None) -> None:
    """Draw these pictures (all of them for none) into a folder."""
    running = QApplication.instance()
    program = running if isinstance(running, QApplication) else QApplication([])
    dress(program)
    with at_home(), opened(model, mode) as window:
        for name, draw in DRAWN.items():
            shown = draw(window)
            if not names or name in names:
                save(shown, out / f"{name}.png")


@contextmanager
def at_home() -> Generator[None]:
    """Settings and models of whoever draws stay out of the pictures."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    before = {name: os.environ.get(name) for name in names}
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(dict.fromkeys(names, home))
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def opened(model: str | Path, mode: Mode | None) -> Generator[MainWindow]:
    """The window, closed at the end without a question."""
    window = MainWindow(open_bundle(model))
    window.orders.mode = mode or window.orders.mode
    window.resize(*SIZE)
    window.show()
    try:
        yield window
    finally:
        for entry in window.study.entries:
            entry.saved = Path("shown")
        window.close()


def wait(until: Callable[[], bool]) -> None:
    """Let the window live until this is so."""
    began = monotonic()
    while not until():
        QApplication.processEvents()
        if monotonic() - began > PATIENCE_S:
            raise TimeoutError("the window did not get there")
    QApplication.processEvents()


def welcome(window: MainWindow) -> QWidget:
    """What stands there at first."""
    wait(window.isVisible)
    return window


def reading(window: MainWindow) -> QWidget:
    """Three planes and 3-D."""
    window.open_sample()
    wait(lambda: window.study.selected is not None)
    settle(window)
    return window


def tour(window: MainWindow) -> QWidget:
    """The first stop of the tour."""
    window.take_tour()
    settle(window)
    return window


def compare(window: MainWindow) -> QWidget:
    """Source and result side by side."""
    window.tour.tour.at = None
    window.panel.targets[Modality.T2].click()
    first = dict(window.orders.seconds)
    wait(lambda: len(window.study.entries) == 2)
    window.orders.seconds = first  # how long it took here is nobody else's business, and differs each time
    window.orders.message = re.sub(r" in \d+ s", "", window.orders.message)
    settle(window)
    return window


def curtain(window: MainWindow) -> QWidget:
    """Source and result in one pane."""
    window.comparing.blend = Blend.CURTAIN
    settle(window)
    return window


def exporting(window: MainWindow) -> QWidget:
    """What an export would write, before it is written; into a folder that is nobody's."""
    window.acts["export"].trigger()
    wait(lambda: bool(window.findChildren(ExportDialog)))
    (dialog,) = window.findChildren(ExportDialog)
    dialog.take(Path("/home/reader/scans"))
    QApplication.processEvents()
    return dialog


def keys(window: MainWindow) -> QWidget:
    """The sheet behind the question mark."""
    for dialog in window.findChildren(ExportDialog):
        dialog.reject()
    window.comparing.blend = Blend.SIDE
    window.viewer.layout = Layout.FOUR_UP
    window.acts["keys"].trigger()
    QApplication.processEvents()
    sheet = next(child for child in window.findChildren(QWidget, "sheet") if child.isVisible())
    return sheet


def models(window: MainWindow) -> QWidget:
    """The models and the card of the one in use."""
    for child in window.findChildren(QWidget, "sheet"):
        child.close()
    window.show_models()
    wait(lambda: not window.library.busy)
    return next(child for child in window.findChildren(ModelsDialog) if child.isVisible())


DRAWN: dict[str, Callable[[MainWindow], QWidget]] = {
    draw.__name__: draw for draw in (welcome, reading, tour, compare, curtain, exporting, keys, models)
}
"""In this order: each goes on where the one before ended."""


def settle(window: MainWindow) -> None:
    """Everything is drawn, the 3-D view too."""
    wait(lambda: not window.files.busy and not window.synthesizing.busy)
    until = monotonic() + 2.0
    wait(lambda: monotonic() > until)
    window.grid.refresh()


def save(shown: QWidget, path: Path) -> None:
    """What a widget shows, as a small PNG; the same pixels give the same bytes."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    shown.grab().save(buffer, "PNG")
    picture = Image.open(BytesIO(buffer.data().data())).convert("RGB")
    small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    stream = BytesIO()
    small.save(stream, "PNG", optimize=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, stream.getvalue())
    print(f"{path.name} {path.stat().st_size // 1024} kB", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
