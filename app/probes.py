"""Questions that may end the whole process where a library is missing; the doctor asks them in one of its own."""

from __future__ import annotations

import os


def opengl() -> str:
    """What VTK says of the renderer behind it, many lines."""
    from vtkmodules.vtkRenderingCore import vtkRenderWindow
    from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow

    blind = os.name == "posix" and not os.environ.get("DISPLAY")
    window = vtkEGLRenderWindow() if blind else vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetSize(16, 16)
    window.Render()
    return window.ReportCapabilities()


def window() -> str:
    """The platform on which Qt can show a window."""
    from app.display import choose_platform

    choose_platform()
    from PySide6.QtWidgets import QApplication

    return QApplication([]).platformName()


PROBES = {probe.__name__: probe for probe in (opengl, window)}
