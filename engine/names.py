"""What files of scans are called."""

from __future__ import annotations

import re
from pathlib import Path

ENDINGS = (
    ".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz", ".mgz", ".mgh", ".nrrd", ".nhdr", ".mha", ".mhd", ".zip",
)  # fmt: skip
"""Of files that can be read, for dialogs, drops and folders; reading itself looks at the content."""

DICOM_ENDINGS = (".dcm", ".ima")
"""For dialogs only: most DICOM files have names of their own kind, or numbers."""

_ENDING = re.compile(r"(\.(nii|mgh|img|hdr|nrrd|nhdr|mha|mhd|dcm|ima|zip))?(\.gz)?$|\.mgz$", re.IGNORECASE)


def stem(path: Path) -> str:
    """The name without its ending: "case_t1" of "case_t1.nii.gz"."""
    return _ENDING.sub("", path.name, count=1) or path.name
