"""How two scans come into one picture: curtain, checkerboard, overlay, difference, and the other one in place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import ClassVar
from weakref import WeakKeyDictionary

from psygnal import SignalGroupDescriptor

from app.state.board import on_tile
from app.state.kinship import kinship
from app.state.layout import Cell
from app.state.mixed import Blend, Mixed
from app.state.resampling import onto
from app.state.slicing import Size, Slice, resolve
from app.state.study import Entry, badge
from app.state.verdict import Verdict
from app.state.viewer import Plane, Viewer
from app.state.window_level import WindowLevel, auto
from engine.files import Scan
from engine.synthesis import FULL_SCALE

_STEP = 0.1
_LEAST_SPAN = 0.05

_scales: WeakKeyDictionary[Scan, WindowLevel] = WeakKeyDictionary()
"""Found once a scan: the percentiles take longer than the rest of the picture."""


class Amount(Enum):
    """What the slider, Q and E change; the value is a field of `Comparing`."""

    OPACITY = "opacity"
    SPAN = "span"


@dataclass
class Comparing:
    """How the reader compares.

    divider: of the curtain, as a share of the pane's width
    opacity: of the overlay, 0 to 1
    span:    differences from minus to plus this share of the full scale have colours
    flicker: the other scan is shown in place, as long as the key is held
    linked:  both sides scroll, zoom and pan together; where they do not, the right one has the viewer `second`
    verdict: what is known of the error of the result that is looked at
    """

    blend: Blend = Blend.SIDE
    divider: float = 0.5
    opacity: float = 0.5
    span: float = 0.5
    flicker: bool = False
    linked: bool = True
    second: Viewer = field(default_factory=Viewer)
    verdict: Verdict | None = None
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def toggle(self, blend: Blend) -> None:
        """This way to compare; asked for again, side by side."""
        self.blend = Blend.SIDE if self.blend is blend else blend

    def slide(self, steps: float) -> None:
        """The curtain's divider so many twentieths to the right."""
        self.divider = min(max(self.divider + steps / 20, 0.0), 1.0)

    @property
    def amount(self) -> Amount | None:
        """What there is to be more or less of."""
        if self.blend in (Blend.OVERLAY, Blend.UNCERTAINTY):
            return Amount.OPACITY
        return Amount.SPAN if self.blend is Blend.DIFFERENCE else None

    def nudge(self, steps: int) -> None:
        """More or less opacity, or a wider or narrower range of differences; begins an overlay where there is none."""
        if self.amount is None:
            self.blend = Blend.OVERLAY
        elif self.amount is Amount.SPAN:
            self.span = min(max(round(self.span + steps * _STEP, 2), _LEAST_SPAN), 1.0)
        else:
            self.opacity = min(max(round(self.opacity + steps * _STEP, 2), 0.0), 1.0)


def see(viewer: Viewer, cell: Cell, comparing: Comparing) -> Slice:
    """What a pane shows: its scan in its plane, with the other one in it where there is one."""
    if not isinstance(cell.view, Plane):
        raise ValueError(f"the view '{cell.view}' is no slice")
    picture = resolve(viewer, cell.entry, cell.view)
    if cell.other is None:
        return picture
    if comparing.flicker:
        return swap(picture, cell.entry, cell.other)
    return picture if cell.blend is Blend.SIDE else mix(picture, cell.entry, cell.other, cell.blend, comparing)


def mix(picture: Slice, base: Entry, other: Entry, blend: Blend, comparing: Comparing) -> Slice:
    """The picture of `base` with `other` in it. Where either is synthetic, the badge says so, whichever is seen."""
    names = (base.kind, other.doubt.name) if blend is Blend.UNCERTAINTY else _names(base, other)
    mixed = Mixed(
        blend=blend,
        scan=other.scan,
        names=names,
        window_level=other.window_level,
        colormap=other.colormap,
        divider=comparing.divider,
        opacity=comparing.opacity,
        span=comparing.span,
        scales=(scale(base.scan), scale(other.scan)),
        caution=other.doubt.caution if blend is Blend.UNCERTAINTY else _caution(base, other, blend),
        doubt=other.doubt,
        pixels=onto(picture, other.scan.volume),
    )
    return replace(picture, mixed=mixed, title=blend.value, badge=joint_badge(base.scan, other.scan))


def swap(picture: Slice, base: Entry, other: Entry) -> Slice:
    """The other scan in the place of this one, under its own name and badge."""
    mixed = Mixed(Blend.FLICKER, other.scan, _names(base, other), caution=kinship(base, other).caution)
    return replace(
        picture,
        mixed=mixed,
        pixels=onto(picture, other.scan.volume),
        window_level=other.window_level,
        colormap=other.colormap,
        title=other.title,
        badge=badge(other.scan),
    )


def under(picture: Slice, cell: Cell, comparing: Comparing, x: float, y: float, size: Size) -> Entry:
    """The scan that the eye sees under a pane pixel: the one that a drag of window and level is for."""
    if cell.other is None or picture.mixed is None:
        return cell.entry
    seen = {
        Blend.FLICKER: True,
        Blend.CURTAIN: x > comparing.divider * size[0],
        Blend.CHECKERBOARD: on_tile(picture, x, y, size),
        Blend.OVERLAY: comparing.opacity >= 0.5,
    }
    return cell.other if seen.get(picture.mixed.blend, False) else cell.entry


def joint_badge(*scans: Scan) -> str | None:
    """The badge of a picture that several scans go into."""
    badges = dict.fromkeys(said for scan in scans if (said := badge(scan)))
    if len(badges) < 2:
        return next(iter(badges), None)
    contrasts = " + ".join(scan.modality.label for scan in scans if scan.synthetic and scan.modality)
    return f"SYNTHETIC {contrasts} - AI - not for diagnosis"


def scale(scan: Scan) -> WindowLevel:
    """What becomes 0 and 1 where intensities are compared: a real scan's percentiles, a synthetic one's units."""
    if scan.synthetic:
        return WindowLevel.between(0.0, FULL_SCALE)
    if scan not in _scales:
        _scales[scan] = auto(scan.volume.data)
    return _scales[scan]


def _names(base: Entry, other: Entry) -> tuple[str, str]:
    """What the two are called: by contrast and origin where that tells them apart, else with their files."""
    if base.kind != other.kind:
        return base.kind, other.kind
    return base.title, other.title


def _caution(base: Entry, other: Entry, blend: Blend) -> str:
    if said := kinship(base, other).caution:
        return said
    if blend is Blend.DIFFERENCE and (base.is_spread or other.is_spread):
        return "A map of uncertainty is no image: this is not an error"
    if blend is Blend.DIFFERENCE and base.scan.modality is not other.scan.modality:
        return "Different contrasts: this is not an error"
    return ""
