"""One scan in 3-D, drawn by VTK off the screen into a picture.

Painted like the slices: one picture serves window, sheet and screenshot, and the badge lies in all of them.
"""

from __future__ import annotations

import os
import sys

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2
from PySide6.QtGui import QImage
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPlane
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkVolume
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkGPUVolumeRayCastMapper

from app.render.volume_looks import Stored, look_of, store
from app.render.volume_planes import VolumePlanes
from app.state.depth import Clip, Depth, Facing, Look
from app.state.viewer import Field, Point
from engine.volume import Floats

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software")

_VOXELS = {Look.SURFACE: 1_300_000, Look.TRANSLUCENT: 1_300_000, Look.MIP: 3_500_000}
"""Voxels that the processor casts: a first picture needs the gradients of all of them, a projection none."""

_VOXELS_CARD = 30_000_000

_SHARP = {Look.SURFACE: 200_000, Look.TRANSLUCENT: 72_000, Look.MIP: 112_000}
"""Rays that one core casts in about a tenth of a second."""

_MOVING = 0.22
"""Share of them that it casts while the hand turns the head."""

Mapper = vtkFixedPointVolumeRayCastMapper | vtkGPUVolumeRayCastMapper


class VolumeScene:
    """The 3-D picture of one scan at a time, turned about its middle."""

    def __init__(self) -> None:
        self._window = _offscreen()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._window.AddRenderer(self._renderer)
        self._mapper = self._fastest()
        self._volume = vtkVolume()
        self._volume.SetMapper(self._mapper)
        self._renderer.AddVolume(self._volume)
        self._planes = VolumePlanes(self._renderer)
        self._cut = vtkPlane()
        self._stored: Stored | None = None
        self._shown: Depth | None = None
        self._field: Field | None = None

    def show(self, depth: Depth) -> None:
        """Draw this from now on; another head is seen from the front."""
        shown, self._shown = self._shown, depth
        fresh = shown is None or shown.scan.volume is not depth.scan.volume
        if depth.look is not Look.NOTHING and (shown is None or fresh or shown.look is not depth.look):
            self._load(depth)
        self._volume.SetVisibility(depth.look is not Look.NOTHING)
        if self._stored is not None and depth.look is not Look.NOTHING:
            self._volume.SetProperty(look_of(depth.look, self._stored, depth.window_level))
        self._clip(depth.clip)
        self._planes.show(depth)
        field = Field.of(depth.scan.volume) if fresh else self._field
        if field is not None and (self._field is None or not self._field.resembles(field)):
            self._field = field
            self.front()

    def front(self) -> None:
        """Look at the patient from the front, a little from the left and above."""
        if self._field is None:
            return
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(0, 0, 0)
        camera.SetPosition(0, 1, 0)
        camera.SetViewUp(0, 0, 1)
        middle, half = np.array(self._field.centre), np.array(self._field.extent) / 2
        self._renderer.ResetCamera(np.column_stack([middle - half, middle + half]).ravel().tolist())
        camera.Azimuth(35)
        camera.Elevation(20)
        camera.OrthogonalizeViewUp()
        camera.Zoom(1.5)

    def turn(self, right: float, down: float) -> None:
        """Turn the head by so many degrees, as the hand moves over it."""
        camera = self._renderer.GetActiveCamera()
        camera.Azimuth(-right)
        camera.Elevation(down)
        camera.OrthogonalizeViewUp()

    def zoom(self, factor: float) -> None:
        """Closer by a factor."""
        camera = self._renderer.GetActiveCamera()
        camera.SetViewAngle(min(max(camera.GetViewAngle() / factor, 1.5), 90.0))

    def pan(self, right: float, down: float) -> None:
        """Move the head by so many parts of the picture's height."""
        camera = self._renderer.GetActiveCamera()
        high = 2 * camera.GetDistance() * np.tan(np.deg2rad(camera.GetViewAngle()) / 2)
        facing = self.facing()
        way = (down * np.array(facing.up) - right * np.array(facing.right)) * high
        camera.SetFocalPoint(*(np.array(camera.GetFocalPoint()) + way))
        camera.SetPosition(*(np.array(camera.GetPosition()) + way))

    def facing(self) -> Facing:
        """How the patient lies before the camera."""
        matrix = self._renderer.GetActiveCamera().GetViewTransformMatrix()
        rows = [tuple(matrix.GetElement(row, column) for column in range(3)) for row in range(3)]
        return Facing(*((float(x), float(y), float(z)) for x, y, z in rows))

    def pixel_of(self, ras: Point, width: int, height: int) -> tuple[float, float]:
        """Where a world point (mm) lies in a picture of this size."""
        matrix = self._renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(width / height, -1, 1)
        x, y, _, w = matrix.MultiplyPoint((*ras, 1.0))
        return (1 + x / w) / 2 * width, (1 - y / w) / 2 * height

    def picture(self, width: int, height: int, moving: bool = False) -> QImage:
        """What the camera sees, in device pixels; coarser while the hand moves, where the processor draws."""
        self._pace(max(width, 1) * max(height, 1), moving)
        if self._shown is not None and self._shown.clip is not None and self._shown.clip.normal is None:
            nearer = np.array(self.facing().nearer)
            self._cut.SetNormal(*(nearer if self._shown.clip.flipped else -nearer))
        self._window.SetSize(max(width, 1), max(height, 1))
        self._renderer.ResetCameraClippingRange()
        self._window.Render()
        pixels = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 1, pixels, 0)
        rgba = vtk_to_numpy(pixels).reshape(height, width, 4)[::-1].copy()
        return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBX8888).copy()

    def forget(self) -> None:
        """Let go of the scan."""
        self._shown = None

    def close(self) -> None:
        """Give the drawing memory back."""
        self._window.Finalize()

    def _load(self, depth: Depth) -> None:
        on_card = isinstance(self._mapper, vtkGPUVolumeRayCastMapper)
        stored = store(depth.scan.volume, depth.look, _VOXELS_CARD if on_card else _VOXELS[depth.look])
        self._stored = stored
        self._mapper.SetInputData(_image(stored))
        self._volume.SetUserMatrix(_placed(stored.affine))
        if depth.look is Look.MIP:
            self._mapper.SetBlendModeToMaximumIntensity()
        else:
            self._mapper.SetBlendModeToComposite()

    def _clip(self, clip: Clip | None) -> None:
        self._mapper.RemoveAllClippingPlanes()
        if clip is None:
            return
        self._cut.SetOrigin(*clip.point)
        if clip.normal is not None:
            self._cut.SetNormal(*clip.normal)
        self._mapper.AddClippingPlane(self._cut)

    def _pace(self, pixels: int, moving: bool) -> None:
        """How far apart rays, and samples along them, are."""
        if self._stored is None or self._shown is None or self._shown.look is Look.NOTHING:
            return
        voxel = float(np.linalg.norm(self._stored.affine[:3, :3], axis=0).min())
        self._mapper.SetAutoAdjustSampleDistances(0)
        if isinstance(self._mapper, vtkGPUVolumeRayCastMapper):
            self._mapper.SetSampleDistance(voxel / 2)
            return
        rays = _SHARP[self._shown.look] * (_MOVING if moving else 1.0)
        self._mapper.SetImageSampleDistance(max((pixels / rays) ** 0.5, 1.0))
        self._mapper.SetSampleDistance(voxel * (1.6 if moving else 0.8))

    def _fastest(self) -> Mapper:
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


def _image(stored: Stored) -> vtkImageData:
    image = vtkImageData()
    image.SetDimensions(*stored.data.shape)
    image.SetSpacing(*np.linalg.norm(stored.affine[:3, :3], axis=0))
    image.GetPointData().SetScalars(numpy_to_vtk(stored.data.ravel(order="F")))
    return image


def _placed(affine: Floats) -> vtkMatrix4x4:
    """The affine without the spacing, which the image holds."""
    unit = affine.copy()
    unit[:3, :3] /= np.linalg.norm(affine[:3, :3], axis=0)
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(unit.ravel().tolist())
    return matrix
