"""The system's own dialogs for files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

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
    kinds = ";;".join(_PICTURES)
    chosen, kind = QFileDialog.getSaveFileName(parent, "Save picture", str(start / "respin.png"), kinds)
    if not chosen:
        return None
    ending, scale = _PICTURES.get(kind, (".png", 1.0))
    path = Path(chosen)
    return (path if path.suffix else path.with_suffix(ending)), scale
