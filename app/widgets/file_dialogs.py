"""The system's own dialogs for files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from engine.names import DICOM_ENDINGS, ENDINGS

_SCANS = f"Brain MRI ({' '.join(f'*{ending}' for ending in (*ENDINGS, *DICOM_ENDINGS))});;All files (*)"
_PICTURES = "PNG (*.png)"


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


def ask_picture(parent: QWidget, start: Path) -> Path | None:
    """The file of a picture."""
    chosen, _ = QFileDialog.getSaveFileName(parent, "Save picture", str(start / "respin.png"), _PICTURES)
    return Path(chosen) if chosen else None
