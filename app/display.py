"""Where Qt draws, looked at before it starts: where it cannot draw, it ends the process."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import MutableMapping

from engine.errors import RespinError

_OF_XCB = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt's platform for X loads, and the Debian packages; Qt blames libxcb-cursor0 whichever is missing."""


def choose_platform(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set QT_QPA_PLATFORM where it is unset: X before Wayland, on which VTK has no windows of its own."""
    if sys.platform != "linux" or environment.get("QT_QPA_PLATFORM"):
        return
    display, wayland = environment.get("DISPLAY"), environment.get("WAYLAND_DISPLAY")
    if not (display or wayland):
        raise RespinError("There is no display for a window here; respin render draws into a file.")
    missing = missing_libraries()
    if display and not missing and _answers(display):
        environment["QT_QPA_PLATFORM"] = "xcb"
    elif wayland:
        environment["QT_QPA_PLATFORM"] = "wayland"
    elif missing:
        raise RespinError(
            f"The window needs system libraries that are missing: sudo apt-get install {' '.join(missing)}"
        )
    else:
        raise RespinError(f"The display {display} does not answer; is DISPLAY set to the screen of this session?")


def missing_libraries() -> list[str]:
    """The packages to install before X can be drawn on."""
    return [package for library, package in _OF_XCB.items() if _load(library) is None]


def prefer_software(environment: MutableMapping[str, str] = os.environ) -> None:
    """Draw 3-D by the processor even where there is a graphics card; the volume then picks the caster made for it."""
    environment["LIBGL_ALWAYS_SOFTWARE"] = "1"


def _answers(display: str) -> bool:
    """Whether an X server is there."""
    xcb = _load("libxcb.so.1")
    if xcb is None:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)


def _load(library: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(library)
    except OSError:
        return None
