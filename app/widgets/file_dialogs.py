"""The system's own dialogs for files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

_SCANS = "Brain MRI (*.nii *.nii.gz *.mgz *.nrrd *.nhdr *.mha *.mhd *.zip);;All files (*)"
_PICTURES = "PNG (*.png)"


def ask_scans(parent: QWidget, start: Path) -> list[Path]:
    """The scans to open; none where the reader thinks better of it."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, "Open scans", str(start), _SCANS)
    return [Path(name) for name in chosen]


def ask_folder(parent: QWidget, start: Path) -> Path | None:
    """Where results go."""
    chosen = QFileDialog.getExistingDirectory(parent, "Export into", str(start))
    return Path(chosen) if chosen else None


def ask_picture(parent: QWidget, start: Path) -> Path | None:
    """The file of a picture."""
    chosen, _ = QFileDialog.getSaveFileName(parent, "Save picture", str(start / "respin.png"), _PICTURES)
    return Path(chosen) if chosen else None
