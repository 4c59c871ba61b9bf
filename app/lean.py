"""What our own process leaves out, so that it starts sooner."""

from __future__ import annotations

import sys


def nibabel_alone() -> None:
    """Load nibabel without pydicom, which it wants for a header extension that Respin does not read.

    pydicom takes longer than all else that `respin info` loads; it comes when there is DICOM to read. To be called
    before anything loads nibabel, and only in a process that is ours: in a notebook nibabel is the reader's.
    """
    if "nibabel" in sys.modules or "pydicom" in sys.modules:
        return
    sys.modules["pydicom"] = None  # pyright: ignore[reportArgumentType]  (Python's own sign for "cannot be imported")
    try:
        import nibabel  # noqa: F401
    finally:
        del sys.modules["pydicom"]
