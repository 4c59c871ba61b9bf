"""Scans in, results and pictures out."""

from __future__ import annotations

from app.menus.action import Action, anything_open
from app.state.recent import forget
from app.state.reporting import pair_of
from engine.export import Kind

FILE = (
    Action("open", "Open…", "File", ("Ctrl+O",), lambda w: w.choose_scans(), "open"),
    Action("open-folder", "Open folder…", "File", ("Ctrl+Shift+O",), lambda w: w.choose_folder(), "folder"),
    Action("sample", "Open the sample", "File", (), lambda w: w.open_sample(), "sample"),
    Action("forget-recent", "Clear the list", "File/Open recent", (), lambda w: forget(w.preferences)),
    Action(
        "export",
        "Export NIfTI…",
        "File",
        ("Ctrl+S",),
        lambda w: w.export(),
        "export",
        ruled=True,
        ready=lambda w: w.study.result,
    ),
    Action(
        "export-dicom",
        "Export DICOM…",
        "File",
        ("Ctrl+Alt+S",),
        lambda w: w.exporting.export(w.study.result, Kind.DICOM),
        ready=lambda w: w.study.result,
    ),
    Action(
        "export-all",
        "Export all as NIfTI…",
        "File",
        ("Ctrl+Shift+S",),
        lambda w: w.exporting.export_all(w.study.entries),
        ready=lambda w: any(entry.synthesis for entry in w.study.entries),
    ),
    Action(
        "export-all-dicom",
        "Export all as DICOM…",
        "File",
        (),
        lambda w: w.exporting.export_all(w.study.entries, Kind.DICOM),
        ready=lambda w: any(entry.synthesis for entry in w.study.entries),
    ),
    Action(
        "save-report",
        "Save report…",
        "File",
        ("Ctrl+Shift+P",),
        lambda w: w.reporting.save(),
        ready=lambda w: pair_of(w.study),
    ),
    Action("save-picture", "Save picture…", "File", ("Ctrl+P",), lambda w: w.pictures.save(), ready=anything_open),
    Action("quit", "Quit", "File", ("Ctrl+Q",), lambda w: w.close(), ruled=True),
)
