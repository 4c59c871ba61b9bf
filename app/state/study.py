"""The scans that are open, which of them is looked at, and which two are compared."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from psygnal import SignalGroupDescriptor

from app.state.colormap import Colormap
from app.state.doubt import Doubt
from app.state.history import Change, History
from app.state.window_level import WindowLevel, auto, first_window
from engine.files import Scan
from engine.memory import spare
from engine.modality import Modality
from engine.synthesis import Mode, Synthesis
from engine.volume import Volume

QUALITY = {Mode.PRIOR: "Preview", Mode.SHORTCUT: "Standard", Mode.FULL: "Full"}
"""The modes that the window offers, in plain words."""

_MADE, _SPREAD = "_desc-synth_", "_desc-uncertainty_"
"""Between the source's name and the target's suffix in the name of an export: of a result, of its uncertainty."""


def badge(scan: Scan) -> str | None:
    """What every view of a synthetic scan says, always; None for a real one."""
    if not scan.synthetic:
        return None
    contrast = f" {scan.modality.label}" if scan.modality else ""
    return f"SYNTHETIC{contrast} - AI - not for diagnosis"


@dataclass(eq=False)
class Entry:
    """One row of the study list.

    synthesis: of a result made here; None for what came from a file
    source:    what it was made from, where that is open, too
    made_of:   of what was made here, the source as it was at the click: another frame or name may stand there since
    saved:     where a result has been exported to
    spread:    of a result, its map of uncertainty as a scan to look at
    is_spread: it is such a map itself: nothing to measure, and no image of its contrast
    doubt:     what such a map means, as the record of its result tells it
    opened_with: the window and level that it had at first
    sha256:    of its files; "" as long as nobody had to know
    misnamed:  a synthetic scan called after an open one that it was not made from, as its hash says
    """

    scan: Scan
    window_level: WindowLevel
    synthesis: Synthesis | None = None
    source: Entry | None = None
    made_of: Scan | None = None
    saved: Path | None = None
    colormap: Colormap = Colormap.GREY
    spread: Entry | None = None
    is_spread: bool = False
    doubt: Doubt = field(default_factory=Doubt)
    sha256: str = ""
    misnamed: bool = False
    opened_with: WindowLevel = field(init=False)
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def __post_init__(self) -> None:
        self.opened_with = self.window_level

    @classmethod
    def of(cls, scan: Scan, source: Entry | None = None) -> Entry:
        """A scan from a file, with its window chosen."""
        window = first_window(scan.volume.data, scan.synthetic)
        return cls(scan, window, source=source, is_spread=_SPREAD in scan.name)

    @classmethod
    def made(cls, synthesis: Synthesis, source: Entry, of: Scan | None = None) -> Entry:
        """A result, named as its export will be. of: the source at the click, where it may be another scan by now."""
        of = of or source.scan
        path = result_path(synthesis, of)
        scan = replace(
            of,
            volume=synthesis.volume,
            path=path,
            modality=synthesis.target,
            synthetic=True,
            warnings=synthesis.warnings,
            origin=None,
            made_from="",
            recognised=synthesis.target,
            acquired=None,
        )
        made = cls(scan, first_window(synthesis.volume.data, synthetic=True), synthesis, source, of)
        if synthesis.uncertainty is not None:
            deviation = replace(scan, volume=synthesis.uncertainty, path=uncertainty_path(path))
            shown = WindowLevel.between(0.0, auto(synthesis.uncertainty.data).high)
            made.spread = cls(deviation, shown, source=source, made_of=of, colormap=Colormap.VIRIDIS, is_spread=True)
            made.spread.doubt = Doubt.of(synthesis)
        return made

    def follow(self) -> None:
        """Lie where the source lies, whichever of its two transforms the reader trusts: they share their voxels."""
        if self.made_of is None or self.source is None:
            return
        volume, affine = self.scan.volume, self.source.scan.volume.affine
        if not np.array_equal(volume.affine, affine):
            self.scan = replace(self.scan, volume=replace(volume, affine=affine))
        if self.spread is not None:
            self.spread.follow()

    @property
    def unsaved(self) -> bool:
        """Whether it would be lost with the window: made here and not exported."""
        return self.synthesis is not None and self.saved is None

    @property
    def from_dicom(self) -> bool:
        """Whether it was made here from a DICOM series, and can be exported as one."""
        return self.synthesis is not None and self.made_of is not None and self.made_of.from_dicom

    @property
    def uncertainty(self) -> Volume | None:
        """The map of uncertainty of a result made here, in its units; None where nothing tells."""
        return self.synthesis.uncertainty if self.synthesis is not None else None

    @property
    def size(self) -> int:
        """Bytes of its voxels, those of the uncertainty included."""
        volumes = (self.scan.volume, self.uncertainty)
        return sum(volume.data.nbytes for volume in volumes if volume is not None)

    def call(self, modality: Modality | None) -> None:
        """Say what contrast it is."""
        self.scan = replace(self.scan, modality=modality)

    @property
    def contrast(self) -> str:
        """T1, T1CE, ... or the word that it is not known."""
        return _contrast(self.scan)

    @property
    def origin(self) -> str:
        """Whether it was acquired or made: "real" or "SYNTH"; a map of uncertainty is neither."""
        if self.is_spread:
            return "UNCERTAINTY"
        return "SYNTH" if self.scan.synthetic else "real"

    @property
    def title(self) -> str:
        """One line for a pane's corner and for lists."""
        return f"{self.kind} · {self.name}"

    @property
    def kind(self) -> str:
        """ "T2 synthetic": what every picture calls it at least."""
        if self.is_spread:
            return f"{self.contrast} uncertainty"
        return f"{self.contrast} {'synthetic' if self.scan.synthetic else 'real'}"

    @property
    def name(self) -> str:
        """What tells it from others: the file, or what it was made from and how."""
        if self.source is None:
            return self.scan.name
        if self.made_of is None:
            return f"from {self.source.contrast}, reopened"
        how = _how(self.synthesis) if self.synthesis is not None else ""
        return ", ".join(word for word in (f"from {_contrast(self.made_of)}", how) if word)


@dataclass
class Study:
    """All open scans of a session.

    selected: the one that single-scan layouts show
    compared: source and result, or any two scans, left and right
    history:  what the reader has done, to the scans and to the views
    """

    entries: tuple[Entry, ...] = ()
    selected: Entry | None = None
    compared: tuple[Entry, Entry] | None = None
    history: History = field(default_factory=History)
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def __post_init__(self) -> None:
        """Whoever follows the list is told, too, when a scan of it becomes another: a frame, a name, a transform."""
        self.events.entries.connect(self._watch)
        self._watch(self.entries)

    def _watch(self, entries: tuple[Entry, ...]) -> None:
        for entry in entries:
            entry.follow()
            entry.events.scan.disconnect(self._on_scan, missing_ok=True)
            entry.events.scan.connect(self._on_scan)

    def _on_scan(self, *_: object) -> None:
        for entry in self.entries:
            entry.follow()
        self.events.entries.emit(self.entries, self.entries)

    def add(self, entry: Entry) -> None:
        """Put a scan at the end of the list, a result below its source and its elder siblings."""
        self.entries = _with(self.entries, entry)

    def remove(self, entry: Entry) -> None:
        """Take a scan out of the list; the one above it is looked at next. Undone where memory is plenty."""
        at, compared = self.entries.index(entry), self.compared
        self._take_out(entry)
        if not spare(entry.size):
            return
        back = Study._putting_back(entry, at, compared)
        self.history.add(Change("removal", weakref.ref(self), back, lambda study: study._take_out(entry), heavy=True))

    def _take_out(self, entry: Entry) -> None:
        """Out of the list first: who is told of another selection must not find it there any more."""
        at = self.entries.index(entry)
        self.entries = left = tuple(other for other in self.entries if other is not entry)
        if self.compared and entry in self.compared:
            self.compared = None
        if self.selected is entry:
            self.selected = left[max(at - 1, 0)] if left else None

    @staticmethod
    def _putting_back(entry: Entry, at: int, compared: tuple[Entry, Entry] | None) -> Callable[[Study], None]:
        def put_back(study: Study) -> None:
            study.entries = (*study.entries[:at], entry, *study.entries[at:])
            study.selected = entry
            if compared is not None and all(one in study.entries for one in compared):
                study.compared = compared

        return put_back

    def pair(self, entry: Entry) -> tuple[Entry, Entry] | None:
        """What comparing this scan means: it and its source, or it and the next scan of the list."""
        if entry.source is not None and entry.source in self.entries:
            return entry.source, entry
        results = [other for other in self.entries if other.source is entry and not other.is_spread]
        others = results or [other for other in self.entries if other is not entry]
        return (entry, others[-1]) if others else None

    def shown_pair(self, entry: Entry) -> tuple[Entry, Entry] | None:
        """The two that are compared where this scan is one of them, else its natural partner and it."""
        return self.compared if self.compared and entry in self.compared else self.pair(entry)

    @property
    def result(self) -> Entry | None:
        """What an export means: the selected result, or the one that the selected scan is compared with."""
        shown = (self.selected, *(self.compared or ())) if self.selected in (self.compared or ()) else (self.selected,)
        return next((entry for entry in shown if entry is not None and entry.synthesis is not None), None)

    @property
    def measured(self) -> Entry | None:
        """The synthetic scan whose error is asked for: the selected one, or of the two compared the second first."""
        shown = (self.selected, *reversed(self.compared or ()))
        synthetic = (entry for entry in shown if entry is not None and entry.scan.synthetic)
        return next((entry for entry in synthetic if not entry.is_spread), None)

    def find_source(self, scan: Scan) -> Entry | None:
        """The open scan that a synthetic one was made from, by the hash that it names, else by its own name."""
        if not scan.synthetic:
            return None
        images = [entry for entry in self.entries if not entry.is_spread]
        hashed = [entry for entry in images if scan.made_from and entry.sha256 == scan.made_from]
        named = [entry for entry in images if _called_after(scan, entry) and not _refuted(scan, entry)]
        return next(iter((*hashed, *named)), None)

    def trace(self, entry: Entry, sha256: str) -> None:
        """The hash of a scan's files is known: what was made from it goes below it, what was not leaves it."""
        entry.sha256 = sha256
        for made in [other for other in self.entries if other.scan.made_from]:
            if made.source is not None and made.source.sha256 == made.scan.made_from:
                made.misnamed = False
                continue
            source = self.find_source(made.scan)
            hashed = source is not None and source.sha256 == made.scan.made_from
            made.misnamed = not hashed and any(
                _called_after(made.scan, other) and _refuted(made.scan, other) for other in self.entries
            )
            if source is not made.source:
                made.source = source
                self.entries = _with(tuple(other for other in self.entries if other is not made), made)
        self.events.entries.emit(self.entries, self.entries)

    def name_modality(self, entry: Entry, modality: Modality | None) -> None:
        """The reader says what contrast a scan is."""
        before = entry.scan.modality
        if modality is not before:
            entry.call(modality)
            renaming = Change(
                "contrast", weakref.ref(entry), lambda named: named.call(before), lambda named: named.call(modality)
            )
            self.history.add(renaming)


def _contrast(scan: Scan) -> str:
    return scan.modality.label if scan.modality else "Unknown"


def _how(synthesis: Synthesis) -> str:
    """The mode in the window's words; "" where the record does not tell."""
    mode = synthesis.record.get("mode")
    return QUALITY.get(Mode(mode), str(mode)).lower() if mode else ""


def _with(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """One more at the end, or below its source and its elder siblings."""
    at = len(entries)
    if entry.source in entries:
        at = 1 + max(i for i, e in enumerate(entries) if entry.source in (e, e.source))
    return (*entries[:at], entry, *entries[at:])


def _called_after(scan: Scan, entry: Entry) -> bool:
    return scan.synthetic and scan.name.startswith(f"{entry.scan.name}{_MADE}")


def _refuted(scan: Scan, entry: Entry) -> bool:
    """Whether the hash that a synthetic scan names is known not to be of this one."""
    return bool(scan.made_from and entry.sha256 and entry.sha256 != scan.made_from)


def result_path(synthesis: Synthesis, scan: Scan) -> Path:
    """The default name of an export, beside its source."""
    return scan.path.with_name(f"{scan.name}{_MADE}{synthesis.target.suffix}.nii.gz")


def uncertainty_path(path: Path) -> Path:
    """The name of a result's uncertainty, beside the result."""
    return path.with_name(path.name.replace(_MADE, _SPREAD))
