"""Which series a folder, a zip or a file of DICOM holds: what a reader chooses from."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.acquisition import Acquisition, modality_of
from engine.dicom_slices import Cut, File, cuts
from engine.dicom_stack import Stack, stack
from engine.errors import UnreadableScan, UnsupportedScan
from engine.modality import Modality
from engine.progress import Step, Work
from engine.sniff import DAMAGE

BROKEN_ZIP = (
    *DAMAGE, zipfile.BadZipFile, zlib.error, lzma.LZMAError, UnicodeDecodeError, IndexError, NotImplementedError,
    RuntimeError,
)  # fmt: skip
"""What reading a zip raises that is damaged, encrypted, or packed in a way that nobody can unpack."""

_EVERY = 20
"""Files between two words about where the work stands."""
_DENSEST = 100
"""Times its size that a zip of pictures unpacks to; one that is made to fill the memory unpacks to a thousand."""
_SUSPICIOUS = 1 << 27
"""Bytes under which nobody minds."""
LARGEST = 2**33
"""Bytes of voxels, or of files in a zip; more is refused before anything is read."""


@dataclass(frozen=True, eq=False)
class Series:
    """One series of slices.

    origin:      the folder, zip or file that it was found through
    number:      what it is called by where several are there; among: how many are there
    acquired:    the modality that its times make alone
    stack:       its slices in order; None where `refusal` says why it cannot be read
    """

    origin: Path
    number: int
    among: int
    description: str
    modality: Modality | None
    acquired: Modality | None
    slices: int
    refusal: str | None
    stack: Stack | None = field(repr=False)
    cuts: tuple[Cut, ...] = field(repr=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along i, j, k."""
        return (*self.cuts[0].sides, self.slices)

    @property
    def format(self) -> str:
        """The name that a reader sees."""
        return "DICOM series" if isinstance(self.cuts[0].file, Path) else "DICOM series (zip)"

    @property
    def frames(self) -> int:
        """How often every place was pictured."""
        return len(self.stack.frames) if self.stack else 1

    @property
    def title(self) -> str:
        """One line: "3 Ax T2 FLAIR (24 slices)"."""
        return f"{self.number} {self.description or 'without a description'} ({self.slices} slices)"


def in_files(origin: Path, files: Sequence[File], only: str | None = None) -> Work[tuple[Series, ...]]:
    """The series that these files make, by number. only: UID of the one that is asked for."""
    found: list[Cut] = []
    for done, file in enumerate(files):
        if done % _EVERY == 0:
            yield Step("find", done, len(files))
        found += [cut for cut in _cuts(origin, file) if only in (None, cut.series)]
    groups = _groups(found)
    numbers = _numbers(groups)
    uids = Counter(group[0].series for group in groups)
    made = [
        _series(origin, number, group, len(groups), echoes=uids[group[0].series] > 1)
        for number, group in zip(numbers, groups, strict=True)
    ]
    return tuple(sorted(made, key=lambda series: series.number))


def in_zip(path: Path) -> Work[tuple[Series, ...]]:
    """The series in a zip file."""
    try:
        packed = zipfile.ZipFile(path)
        infos = [item for item in packed.infolist() if not item.is_dir()]
    except BROKEN_ZIP as error:
        raise UnreadableScan(f"{path.name} is damaged ({error}); copy or download it again.") from error
    unpacked = sum(item.file_size for item in infos)
    if unpacked > LARGEST:
        raise UnsupportedScan(f"{path.name} unpacks to more than 8 GB; give one series of it.")
    times = unpacked // path.stat().st_size
    if unpacked > _SUSPICIOUS and times > _DENSEST:
        raise UnsupportedScan(f"{path.name} unpacks to {times} times its size; unpack it first.")
    return (yield from in_files(path, [zipfile.Path(packed, item.filename) for item in infos]))


def _cuts(origin: Path, file: File) -> list[Cut]:
    try:
        return cuts(file)
    except BROKEN_ZIP as error:
        if isinstance(file, Path):
            return []  # a file of a folder that cannot be read is no slice
        raise UnreadableScan(f"{origin.name} is damaged ({error}); copy or download it again.") from error


def _groups(found: Iterable[Cut]) -> list[list[Cut]]:
    """By series, and by echo where a series holds several of them whole: proton density and T2 in one."""
    series: dict[str, list[Cut]] = defaultdict(list)
    for cut in found:
        series[cut.series].append(cut)
    groups: list[list[Cut]] = []
    for together in series.values():
        echoes: dict[float | None, list[Cut]] = defaultdict(list)
        for cut in together:
            echoes[cut.echo].append(cut)
        whole = len({len(echo) for echo in echoes.values()}) == 1 and len(together) > len(echoes)
        groups += list(echoes.values()) if whole else [together]
    return groups


def _numbers(groups: Sequence[Sequence[Cut]]) -> list[int]:
    """The scanner's numbers where they tell the series apart, else 1, 2, 3, ..."""
    said = [group[0].header["SeriesNumber"] for group in groups]
    return said if len(set(said)) == len(said) and min(said, default=0) > 0 else list(range(1, len(groups) + 1))


def _series(origin: Path, number: int, found: Sequence[Cut], among: int, echoes: bool) -> Series:
    name = origin.name if among == 1 else f"{origin.name}, series {number},"
    acquisition = Acquisition.of(found[0].header | {"EchoTime": found[0].echo})
    told = [str(found[0].header[tag] or "") for tag in ("SeriesDescription", "ProtocolName")]
    try:
        made, refusal = stack(name, found), None
    except UnsupportedScan as error:
        made, refusal = None, str(error)
    return Series(
        origin,
        number,
        among,
        (told[0] or told[1]) + (f" (echo {found[0].echo:g} ms)" if echoes else ""),
        modality_of(told, acquisition),
        acquisition.modality,
        len(made.frames[0]) if made else len(found),
        refusal,
        made,
        tuple(found),
    )
