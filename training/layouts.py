"""Where the contrasts of a subject lie: BraTS of every year, BIDS, IXI.

A subject is what is trained on (one visit); a person may have several, and no split may part them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from engine.errors import RespinError
from engine.files import stem
from engine.modality import Modality, recognise

Contrasts = dict[Modality, Path]

_SCANS = (".nii.gz", ".nii")
_IXI = re.compile(r"(IXI\d+)-.*-(T1|T2|PD)$", re.IGNORECASE)
_VISIT = re.compile(r"^(BraTS-[A-Za-z]+-\d+)-\d+$|^(sub-[A-Za-z0-9]+)_ses-[A-Za-z0-9]+$")


def find_subjects(folder: Path) -> dict[str, Contrasts]:
    """Every subject of a folder that has two or more contrasts, by name and in order of names."""
    if not folder.is_dir():
        raise RespinError(f"{folder} is no folder: give the one that holds the subjects.")
    found = _bids(folder) or _ixi(folder) or _brats(folder)
    subjects = {name: found[name] for name in sorted(found) if len(found[name]) >= 2}
    if not subjects:
        raise RespinError(
            f"{folder} holds no subject with two contrasts: expected NAME/NAME_t1.nii.gz, _t1ce, _t2, _flair (BraTS), "
            "sub-NAME/anat/sub-NAME_T1w.nii.gz (BIDS) or IXI-T1/IXI002-...-T1.nii.gz beside IXI-T2, IXI-PD."
        )
    return subjects


def person(name: str) -> str:
    """Whose scan a subject is: BraTS-GLI-00005-100 and sub-01_ses-02 are visits of BraTS-GLI-00005 and sub-01."""
    visit = _VISIT.match(name)
    return next(group for group in visit.groups() if group) if visit else name


def _brats(folder: Path) -> dict[str, Contrasts]:
    """NAME/NAME_t1.nii.gz (2018 to 2021), NAME/NAME-t1n.nii.gz (since 2023): one folder a subject."""
    directories = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return {directory.name: _contrasts(_scans(directory)) for directory in directories}


def _bids(folder: Path) -> dict[str, Contrasts]:
    """sub-NAME[/ses-NAME]/anat/*: one subject a session."""
    found: dict[str, Contrasts] = {}
    for anat in (*folder.glob("sub-*/anat"), *folder.glob("sub-*/ses-*/anat")):
        found["_".join(anat.relative_to(folder).parts[:-1])] = _contrasts(_scans(anat))
    return found


def _ixi(folder: Path) -> dict[str, Contrasts]:
    """IXI-T1/IXI002-Guys-0828-T1.nii.gz and the like, in folders by contrast or all in one."""
    found: dict[str, Contrasts] = {}
    for path in (*_scans(folder), *(scan for place in sorted(folder.glob("*IXI*")) for scan in _scans(place))):
        if told := _IXI.match(stem(path)):
            found.setdefault(told[1].upper(), {})[Modality.parse(told[2])] = path
    return found


def _contrasts(paths: Iterable[Path]) -> Contrasts:
    """By modality; where two files show the same, the one with the shorter name (no run-2, no acq-...)."""
    found: Contrasts = {}
    for path in sorted(paths, key=lambda path: (-len(path.name), path.name)):
        if (modality := recognise([stem(path)])) is not None:
            found[modality] = path
    return {modality: found[modality] for modality in Modality if modality in found}


def _scans(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.name.endswith(_SCANS) and not path.name.startswith("."))
