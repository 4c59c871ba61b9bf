"""Volume rendering of one scan, drawn by VTK off the screen into a picture.

Painted like the slices: one picture serves window, sheet and screenshot, and the badge lies in all of them.
"""

from __future__ import annotations

import os
import sys

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation
from PySide6.QtGui import QImage
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkGPUVolumeRayCastMapper

from app.state.viewer import bright_box
from app.state.window_level import auto, to_grey
from engine.volume import Array, Floats, Volume

_LONGEST = 160
"""Voxels along a side that are drawn; more is not seen at the size of a pane."""

_SHARP, _MOVING = 160_000, 40_000
"""Pixels that the processor casts at rest (a tenth of a second) and while the hand turns the head (a third of it)."""

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software")


class VolumeScene:
    """The 3-D picture of one volume at a time, turned about its middle."""

    def __init__(self) -> None:
        self._window = _offscreen()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._window.AddRenderer(self._renderer)
        self._volume = vtkVolume()
        self._volume.SetProperty(_property())
        self._mapper: vtkFixedPointVolumeRayCastMapper | vtkGPUVolumeRayCastMapper | None = None

    def show(self, volume: Volume) -> None:
        """Draw this volume from now on, seen from the front."""
        data, affine = _thinned(volume)
        image = _image(data, affine)
        if self._mapper is None:
            self._mapper = self._fastest()
            self._volume.SetMapper(self._mapper)
            self._renderer.AddVolume(self._volume)
        self._mapper.SetInputData(image)
        self._volume.SetUserMatrix(_placed(affine))
        self.front()

    def front(self) -> None:
        """Look at the patient from the front, a little from the left and above."""
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(0, 0, 0)
        camera.SetPosition(0, 1, 0)
        camera.SetViewUp(0, 0, 1)
        self._renderer.ResetCamera()
        camera.Azimuth(35)
        camera.Elevation(20)
        camera.OrthogonalizeViewUp()
        camera.Zoom(1.35)
        self._renderer.ResetCameraClippingRange()

    def turn(self, right: float, down: float) -> None:
        """Turn the head by so many degrees, as the hand moves over it."""
        camera = self._renderer.GetActiveCamera()
        camera.Azimuth(-right)
        camera.Elevation(down)
        camera.OrthogonalizeViewUp()
        self._renderer.ResetCameraClippingRange()

    def zoom(self, factor: float) -> None:
        """Closer by a factor."""
        self._renderer.GetActiveCamera().Zoom(factor)
        self._renderer.ResetCameraClippingRange()

    def affordable(self, width: int, height: int, moving: bool) -> tuple[int, int]:
        """The size to ask for in a view of so many device pixels: all of it where a graphics card draws."""
        budget = _MOVING if moving else _SHARP
        share = 1.0 if isinstance(self._mapper, vtkGPUVolumeRayCastMapper) else (budget / (width * height)) ** 0.5
        return max(round(width * min(share, 1.0)), 1), max(round(height * min(share, 1.0)), 1)

    def picture(self, width: int, height: int) -> QImage:
        """What the camera sees, in device pixels."""
        self._window.SetSize(max(width, 1), max(height, 1))
        self._window.Render()
        pixels = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 1, pixels, 0)
        rgba = vtk_to_numpy(pixels).reshape(height, width, 4)[::-1].copy()
        return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBX8888).copy()

    def close(self) -> None:
        """Give the drawing memory back."""
        self._window.Finalize()

    def _fastest(self) -> vtkFixedPointVolumeRayCastMapper | vtkGPUVolumeRayCastMapper:
        """The caster for this renderer: on software OpenGL the processor's is eight times faster."""
        self._window.Render()
        said = self._window.ReportCapabilities().lower()
        software = any(name in said for name in _SOFTWARE) or "opengl renderer" not in said
        return vtkFixedPointVolumeRayCastMapper() if software else vtkGPUVolumeRayCastMapper()


def _offscreen() -> vtkRenderWindow:
    """A window that nobody sees; without an X display EGL is asked at once, and VTK does not complain first."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        return vtkmodules.vtkRenderingOpenGL2.vtkEGLRenderWindow()
    return vtkRenderWindow()


def _thinned(volume: Volume) -> tuple[Array, Floats]:
    """8-bit data of the bright box, turned to the nearest R, A, S, every n-th voxel, and its affine."""
    orientation = io_orientation(volume.affine)
    stride = max(1, -(-max(volume.shape) // _LONGEST))
    turned = np.asarray(apply_orientation(volume.data, orientation))
    low, high = bright_box(turned)
    cut = turned[tuple(slice(a, b + 1, stride) for a, b in zip(low, high, strict=True))]
    thinning = np.diag([stride, stride, stride, 1.0])
    thinning[:3, 3] = low
    return to_grey(cut, auto(cut)), volume.affine @ inv_ornt_aff(orientation, volume.shape) @ thinning


def _image(data: Array, affine: Floats) -> vtkImageData:
    image = vtkImageData()
    image.SetDimensions(*data.shape)
    image.SetSpacing(*np.linalg.norm(affine[:3, :3], axis=0))
    image.GetPointData().SetScalars(numpy_to_vtk(data.ravel(order="F"), deep=1))
    return image


def _placed(affine: Floats) -> vtkMatrix4x4:
    """The affine without the spacing, which the image holds."""
    unit = affine.copy()
    unit[:3, :3] /= np.linalg.norm(affine[:3, :3], axis=0)
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(unit.ravel().tolist())
    return matrix


def _property() -> vtkVolumeProperty:
    """Soft tissue of MR: air clear, dark tissue faint, bright tissue firm."""
    colour, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for grey, shade in ((0, 0.0), (60, 0.42), (150, 0.86), (255, 1.0)):
        colour.AddRGBPoint(grey, shade, shade * 0.97, shade * 0.93)
    for grey, share in ((0, 0.0), (28, 0.0), (70, 0.18), (255, 0.75)):
        opacity.AddPoint(grey, share)
    look = vtkVolumeProperty()
    look.SetColor(colour)
    look.SetScalarOpacity(opacity)
    look.SetInterpolationTypeToLinear()
    look.ShadeOn()
    look.SetAmbient(0.3)
    look.SetDiffuse(0.9)
    look.SetSpecular(0.15)
    return look
