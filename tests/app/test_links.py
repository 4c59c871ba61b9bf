"""Two ways of looking: everything but the place is shared."""

from dataclasses import fields

from app.state.links import PLACE, follow, stand_beside
from app.state.viewer import Framing, Plane, Viewer


def test_all_but_the_place_is_the_same_in_both_whichever_is_changed():
    first, second = Viewer(radiological=False), Viewer()
    follow(first, second)
    assert not second.radiological
    first.interpolate = False
    second.annotations = False
    assert not second.interpolate and not first.annotations
    for field in fields(Viewer):
        if field.name not in PLACE:
            assert getattr(first, field.name) == getattr(second, field.name)


def test_each_keeps_its_place():
    first, second = Viewer(), Viewer()
    follow(first, second)
    first.crosshair = (1.0, 2.0, 3.0)
    second.frame(Plane.AXIAL, Framing(3.0))
    assert second.crosshair == (0.0, 0.0, 0.0) and first.framing == (Framing(),) * 3
    stand_beside(first, second)
    assert second.crosshair == (1.0, 2.0, 3.0) and second.framing == (Framing(),) * 3
