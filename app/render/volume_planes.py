"""The three planes of the crosshair as pictures in space, each on the parallelogram that its voxels fill."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_fill_holes, grey_dilation
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersSources import vtkPlaneSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture

from app.state.depth import Depth, corners, slice_of
from app.state.window_level import to_grey

_AIR = 14
"""Greys up to here, outside the head, are left out: the planes must not hide the head behind black paper."""


class VolumePlanes:
    """Three textured parallelograms of a renderer, shown where a `Depth` has slices."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._planes = [_Paper() for _ in range(3)]
        for plane in self._planes:
            renderer.AddActor(plane.actor)

    def show(self, depth: Depth) -> None:
        """Bring the planes to where the slices lie."""
        for axis, (plane, index) in enumerate(zip(self._planes, depth.slices, strict=True)):
            plane.actor.SetVisibility(index is not None)
            if index is not None:
                plane.draw(depth, axis, index)


class _Paper:
    def __init__(self) -> None:
        self._source = vtkPlaneSource()
        self._image, self._texture = vtkImageData(), vtkTexture()
        self._texture.SetInputData(self._image)
        self._texture.InterpolateOn()
        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(self._source.GetOutputPort())
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.SetTexture(self._texture)
        self.actor.GetProperty().LightingOff()
        self.actor.ForceOpaqueOn()  # clear texels are dropped, the others hide what lies behind them
        self.actor.VisibilityOff()

    def draw(self, depth: Depth, axis: int, index: int) -> None:
        """This slice of the scan, in its window."""
        volume = depth.scan.volume
        grey = to_grey(slice_of(volume, axis, index), depth.window_level)
        head = np.asarray(binary_fill_holes(grey > _AIR))
        grey = np.where(head, grey, grey_dilation(grey, 3))  # between texels, the rim must not darken
        rgba = np.stack([grey, grey, grey, np.where(head, 255, 0)], axis=-1).astype(np.uint8)
        self._image.SetDimensions(grey.shape[1], grey.shape[0], 1)
        self._image.GetPointData().SetScalars(numpy_to_vtk(rgba.reshape(-1, 4), deep=1))
        self._image.Modified()
        origin, across, down = corners(volume, axis, index)
        self._source.SetOrigin(*origin)
        self._source.SetPoint1(*across)
        self._source.SetPoint2(*down)
