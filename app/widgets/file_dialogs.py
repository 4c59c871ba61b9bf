"""The system's own dialogs for files and folders."""

from __future__ import annotations

from collections.abc import Mapping
from os.path import exists
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from engine.names import DICOM_ENDINGS, ENDINGS

_SCANS = f"Brain MRI ({' '.join(f'*{ending}' for ending in (*ENDINGS, *DICOM_ENDINGS))});;All files (*)"
_MODELS = "Models (manifest.json *.zip *.ckpt *.pt *.pth *.safetensors);;All files (*)"
_PICTURES = {
    "PNG (*.png)": (".png", 1.0),
    "PNG, twice the size (*.png)": (".png", 2.0),
    "JPEG (*.jpg *.jpeg)": (".jpg", 1.0),
    "JPEG, twice the size (*.jpg *.jpeg)": (".jpg", 2.0),
}
"""Kinds of picture: ending, and times the size of the screen."""


def ask_scans(parent: QWidget, start: Path) -> list[Path]:
    """The scans to open; none where the reader thinks better of it."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, "Open scans", str(start), _SCANS)
    return [Path(name) for name in chosen]


def ask_scan_folder(parent: QWidget, start: Path) -> list[Path]:
    """The folder of a DICOM series or of a subject; none where the reader thinks better of it."""
    chosen = QFileDialog.getExistingDirectory(parent, "Open a folder of scans", str(start))
    return [Path(chosen)] if chosen else []


def ask_folder(parent: QWidget, start: Path) -> Path | None:
    """Where results go."""
    chosen = QFileDialog.getExistingDirectory(parent, "Export into", str(start))
    return Path(chosen) if chosen else None


def ask_models(parent: QWidget) -> list[Path]:
    """A bundle (its manifest.json or a zip of it), or the checkpoints that make one."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, "Import a model", str(Path.home()), _MODELS)
    return [Path(name) for name in chosen]


def ask_picture(parent: QWidget, start: Path) -> tuple[Path, float] | None:
    """The file of a picture, and how many times the size of the screen it is."""
    endings = {kind: ending for kind, (ending, _) in _PICTURES.items()}
    chosen = ask_target(parent, "Save picture", start / "respin.png", endings)
    if chosen is None:
        return None
    path, kind = chosen
    return path, _PICTURES.get(kind, (".png", 1.0))[1]


def ask_target(parent: QWidget, title: str, start: Path, endings: Mapping[str, str]) -> tuple[Path, str] | None:
    """A file to write, and the kind that was picked; None where the reader thinks better of it.

    The dialog asks before a name as typed is replaced; it knows nothing of the ending that is put behind it here.
    endings: by kind, the usual one first
    """
    kind, usual = "", next(iter(endings.values()))
    while True:
        chosen, kind = QFileDialog.getSaveFileName(parent, title, str(start), ";;".join(endings), kind)
        if not chosen:
            return None
        typed = Path(chosen)
        path = typed if typed.suffix else typed.with_suffix(endings.get(kind, usual))
        if path == typed or not exists(path) or _may_replace(parent, title, path):
            return path, kind
        start = path


def _may_replace(parent: QWidget, title: str, path: Path) -> bool:
    words = f"{path.name} is already there. Replace it?"
    answer = QMessageBox.question(parent, title, words, defaultButton=QMessageBox.StandardButton.No)
    return answer is QMessageBox.StandardButton.Yes
