"""Two scans in one picture: the pixels of each where they belong, and never without badge and names."""

from itertools import product

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from app.render import caption
from app.render.colormaps import table
from app.render.sheet import sheet
from app.render.slice_painter import slice_image
from app.state.board import on_tile
from app.state.colormap import Colormap
from app.state.comparing import Comparing, see
from app.state.layout import Cell, arrange
from app.state.mixed import Blend
from app.state.slicing import resolve
from app.state.study import Entry, Study
from app.state.viewer import Framing, Layout, Plane, Viewer
from app.state.window_level import WindowLevel
from engine.volume import Volume
from tests.app.test_badge import amber, is_badged
from tests.app.test_comparing import looking, pair
from tests.app.test_kinship import scan
from tests.phantoms import phantom

WIDE, HIGH = 400, 320
BLENDS = (Blend.CURTAIN, Blend.CHECKERBOARD, Blend.OVERLAY, Blend.DIFFERENCE)
everyway = pytest.mark.parametrize("blend", BLENDS)


def colours(image: QImage) -> np.ndarray:
    """(rows, columns, 3) red, green, blue."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return words[:, : image.width(), 2::-1].astype(int)


def flat(value: int, name: str, synthetic: bool = False) -> Entry:
    entry = Entry.of(scan(name, Volume(np.full((48, 56, 40), value, np.int16), phantom().affine), synthetic))
    entry.window_level = WindowLevel.between(0, 1000)
    return entry


def drawn(first: Entry, second: Entry, comparing: Comparing, plane: Plane = Plane.AXIAL) -> np.ndarray:
    viewer, _ = looking(first, second)
    viewer.annotations = viewer.show_crosshair = False
    picture = see(viewer, Cell(0, 1, plane, first, second, comparing.blend), comparing)
    return colours(slice_image(picture, WIDE, HIGH))


def dark_and_light() -> tuple[Entry, Entry]:
    return flat(200, "a/case_t1.nii.gz"), flat(800, "a/case_t2.nii.gz")


@pytest.mark.parametrize("divider", [0.3, 0.5, 0.8])
def test_the_curtain_has_the_first_left_and_the_second_right(qapp, divider):
    image = drawn(*dark_and_light(), Comparing(Blend.CURTAIN, divider=divider))
    x = round(divider * WIDE)
    assert (image[80:140, max(x - 20, 90) : x - 8, 0] == 51).all()
    assert (image[80:140, x + 8 : min(x + 40, WIDE - 80), 0] == 204).all()


def test_tiles_are_where_the_state_says(qapp):
    first, second = dark_and_light()
    image = drawn(first, second, Comparing(Blend.CHECKERBOARD))
    viewer, _ = looking(first, second)
    picture = resolve(viewer, first, Plane.AXIAL)
    for x, y in product(range(130, 280, 7), range(90, 220, 7)):
        expected = 204 if on_tile(picture, x + 0.5, y + 0.5, (WIDE, HIGH)) else 51
        window = image[y - 1 : y + 2, x - 1 : x + 2, 0]
        if window.min() == window.max():
            assert image[y, x, 0] == expected


@pytest.mark.parametrize(("opacity", "grey"), [(0.0, 51), (0.5, 128), (1.0, 204)])
def test_an_overlay_lies_over_the_first(qapp, opacity, grey):
    image = drawn(*dark_and_light(), Comparing(Blend.OVERLAY, opacity=opacity))
    assert image[120, 200, 0] == pytest.approx(grey, abs=2)


def test_a_difference_is_red_where_the_second_is_brighter_and_blue_where_it_is_darker(qapp):
    dark, light = flat(200, "a/case_desc-synth_T2w.nii.gz", True), flat(500, "a/case_desc-synth_PDw.nii.gz", True)
    brighter = drawn(dark, light, Comparing(Blend.DIFFERENCE, span=0.5))[120, 200]
    darker = drawn(light, dark, Comparing(Blend.DIFFERENCE, span=0.5))[120, 200]
    assert brighter[0] > 2 * brighter[2] and darker[2] > 2 * darker[0]
    assert tuple(brighter) == tuple(table(Colormap.DIVERGING)[round((0.3 + 0.5) * 255)])
    assert drawn(dark, dark, Comparing(Blend.DIFFERENCE))[120, 200].max() < 4


def test_outside_the_second_scan_nothing_of_the_first_is_taken_for_it(qapp):
    first = flat(800, "a/case_t1.nii.gz")
    away = Volume(np.full((8, 8, 40), 800, np.int16), phantom().affine)
    second = Entry.of(scan("a/case_t2.nii.gz", away))
    image = drawn(first, second, Comparing(Blend.CURTAIN, divider=0.0))
    assert image[150:200, 180:300].max() == 0


@everyway
@pytest.mark.parametrize("size", [(1000, 760), (480, 360), (300, 240), (242, 202)])
@pytest.mark.parametrize("swapped", [False, True])
def test_every_mode_in_every_size_is_badged(qapp, blend, size, swapped):
    viewer, study = looking(*pair()[:: -1 if swapped else 1])
    image = sheet(viewer, study, size, Comparing(blend))
    half, low = size[0] // 2, size[1] // 2
    assert is_badged(image.copy(half + 1, 0, half - 1, low - 1))
    assert is_badged(image.copy(half + 1, low + 1, half - 1, low - 1))


@everyway
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_no_divider_opacity_zoom_or_hidden_annotation_gets_rid_of_the_badge(qapp, blend, layout, extreme):
    viewer, study = looking(*pair())
    viewer.layout, viewer.only = layout, Plane.AXIAL
    viewer.annotations = viewer.show_crosshair = False
    comparing = Comparing(blend, divider=extreme, opacity=extreme, span=max(extreme, 0.05))
    for framing in (Framing(), Framing(40.0, (60.0, 60.0, 60.0)), Framing(0.2)):
        viewer.frame(Plane.AXIAL, framing)
        for colormap in Colormap:
            for entry in study.entries:
                entry.colormap = colormap
            cell = arrange(viewer, study, blend)[-1]
            assert is_badged(slice_image(see(viewer, cell, comparing), 320, 240))


@pytest.mark.parametrize("blend", [Blend.SIDE, *BLENDS])
def test_flicker_has_the_badge_exactly_while_the_synthetic_scan_is_seen(qapp, blend):
    viewer, study = looking(*pair())
    comparing = Comparing(blend, flicker=True)
    for cell in arrange(viewer, study, blend):
        image = slice_image(see(viewer, cell, comparing), 320, 240)
        assert cell.other is not None
        assert is_badged(image) == cell.other.scan.synthetic
        assert amber(image).any() == cell.other.scan.synthetic


@everyway
def test_two_real_scans_have_no_amber(qapp, blend):
    viewer, study = looking(*dark_and_light())
    assert not amber(sheet(viewer, study, (600, 480), Comparing(blend))).any()


def said(monkeypatch, viewer: Viewer, study: Study, comparing: Comparing, size=(320, 240)) -> list[str]:
    """The words of the caption of the first pane with two scans, whatever is hidden."""
    viewer.annotations = False
    words: list[str] = []
    monkeypatch.setattr(caption, "draw", lambda painter, room, align, text, colour: words.append(text))
    cell = next(cell for cell in arrange(viewer, study, comparing.blend) if cell.column)
    slice_image(see(viewer, cell, comparing), *size)
    return words


@pytest.mark.parametrize(
    ("comparing", "words"),
    [
        (Comparing(Blend.CURTAIN), ["T1 real", "T2 synthetic"]),
        (Comparing(Blend.CURTAIN, divider=0.0), ["T2 synthetic"]),
        (Comparing(Blend.CURTAIN, divider=1.0), ["T1 real"]),
        (Comparing(Blend.CHECKERBOARD), ["T1 real / T2 synthetic, tiles of 20 mm"]),
        (Comparing(Blend.OVERLAY, opacity=0.3), ["T1 real + 30 % T2 synthetic"]),
        (Comparing(Blend.DIFFERENCE), ["T2 synthetic − T1 real, ±0.50", "Different contrasts: this is not an error"]),
        (Comparing(Blend.SIDE, flicker=True), ["T1 real"]),
        (Comparing(Blend.CURTAIN, flicker=True), ["T2 synthetic"]),
    ],
)
def test_the_names_of_what_is_seen_are_said_whatever_is_hidden(qapp, monkeypatch, comparing, words):
    assert said(monkeypatch, *looking(*pair()), comparing) == words


def test_two_of_one_kind_are_told_apart_by_their_files(qapp, monkeypatch):
    one, other = flat(1, "a/case_t2.nii.gz"), flat(2, "a/later_t2.nii.gz")
    words = said(monkeypatch, *looking(one, other), Comparing(Blend.CURTAIN), (900, 700))
    assert words == ["T2 real · case_t2", "T2 real · later_t2"]


def test_what_speaks_against_a_comparison_is_in_the_picture(qapp, monkeypatch):
    stranger = Entry.of(scan("b/Brats18_Y_1_t2.nii.gz"))
    words = said(monkeypatch, *looking(stranger, pair()[1]), Comparing(Blend.CHECKERBOARD), (900, 700))
    assert words[1].startswith("Not the same scan")


@pytest.mark.parametrize("blend", BLENDS)
def test_what_one_sees_is_drawn_through_the_sheet_too(qapp, blend):
    viewer, study = looking(*pair())
    image, plain = (colours(sheet(viewer, study, (600, 480), Comparing(how))) for how in (blend, Blend.SIDE))
    assert np.array_equal(image[:, :299], plain[:, :299])
    assert (image[:, 302:] != plain[:, 302:]).any(axis=2).mean() > 0.02


def test_tables_go_from_dark_to_light(qapp):
    for colormap in (Colormap.GREY, Colormap.HOT, Colormap.VIRIDIS):
        lightness = table(colormap) @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(lightness) >= -1e-9).all() and lightness[-1] > 4 * max(lightness[0], 10)
    assert np.array_equal(table(Colormap.INVERSE), table(Colormap.GREY)[::-1])
    wings = table(Colormap.DIVERGING) @ [0.2126, 0.7152, 0.0722]
    assert wings[127] < 4 and (np.diff(wings[:128]) <= 0).all() and (np.diff(wings[128:]) >= 0).all()
    assert wings[0] == pytest.approx(wings[-1], rel=0.08)
    red, _, blue = table(Colormap.DIVERGING).T.astype(int)
    assert (blue[:110] > red[:110]).all() and (red[-110:] > blue[-110:]).all()
    assert QColor(*map(int, table(Colormap.VIRIDIS)[0])).name() == "#440154"
