"""Do two scans show one person in one place? What may be linked, and what may be measured against what."""

from __future__ import annotations

from dataclasses import dataclass

from app.state.frame import Frame, one_frame, same_grid
from app.state.study import Entry, Study
from app.state.subject import distinct, source_name, subject_of
from app.state.verdict import Verdict, unknown
from engine.files import Scan


@dataclass(frozen=True)
class Kinship:
    """How two scans belong together.

    placed:  they lie in one frame, so that a world point is one place in both
    caution: what the reader must know before believing a comparison; "" where there is nothing
    """

    placed: bool
    caution: str = ""


def kinship(one: Entry, other: Entry) -> Kinship:
    """What is known of two scans from their source, their names and where they lie."""
    if one is other:
        return Kinship(placed=True)
    placed = one_frame(Frame.of(one.scan), Frame.of(other.scan))
    stranger = _stranger(one, other) or _stranger(other, one)
    if stranger:
        return Kinship(placed, stranger)
    if not placed:
        return Kinship(False, "Not in one frame: the same point on screen is not the same place")
    return Kinship(True)


def truth(study: Study, result: Entry) -> Entry | None:
    """The open real scan of the result's contrast, of the same subject and on the same grid."""
    if not result.scan.synthetic:
        return None
    return next((entry for entry in study.entries if _is_truth(entry, result)), None)


def apart(study: Study, result: Entry) -> Entry | None:
    """The open real scan that would be the truth if it lay on the result's grid."""
    return next((entry for entry in study.entries if _is_target(entry, result)), None)


def unmeasured(study: Study, result: Entry) -> Verdict:
    """What is said of a result without a truth."""
    real = apart(study, result)
    return unknown(real.kind if real is not None else "")


def same_subject(one: Scan, other: Scan) -> bool:
    """Whether names say that two scans are of one person and one visit. In doubt: no."""
    spaces = _spaces(one, other)
    if spaces is not None:
        return spaces
    subject = subject_of(one)
    if subject != subject_of(other):
        return False
    return distinct(subject) or one.path.parent == other.path.parent


def _is_truth(entry: Entry, result: Entry) -> bool:
    real, made = entry.scan.volume, result.scan.volume
    return _is_target(entry, result) and real.oriented == made.oriented and same_grid(real, made)


def _is_target(entry: Entry, result: Entry) -> bool:
    real = entry.scan
    return (
        not real.synthetic
        and result.scan.modality is not None
        and not result.misnamed
        and not (entry.is_spread or result.is_spread)
        and real.modality is result.scan.modality
        and same_subject(real, _origin(result))
    )


def _origin(entry: Entry) -> Scan:
    """The scan whose subject an entry shows: what it was made of, its source where that is open, else itself."""
    scan = entry.scan
    while entry.source is not None:
        scan, entry = entry.made_of or entry.source.scan, entry.source
    return scan


def _stranger(made: Entry, other: Entry) -> str:
    """A sentence where a synthetic scan was made from another subject than the other one's."""
    if not made.scan.synthetic or made.source is other or made.source is other.source is not None:
        return ""
    if (sha256 := _root(made)) and sha256 == _root(other):
        return ""
    if made.misnamed:
        return f"Not the same scan: the synthetic {made.contrast} was made from another file than {_origin_name(made)}"
    if same_subject(_origin(made), _origin(other)):
        return ""
    return f"Not the same scan: the synthetic {made.contrast} was made from {_origin_name(made)}"


def _root(entry: Entry) -> str:
    """The hash of what an entry shows or was made from in the end; "" where it is not known."""
    while entry.source is not None:
        entry = entry.source
    return entry.scan.made_from if entry.scan.synthetic else entry.sha256


def _origin_name(entry: Entry) -> str:
    return source_name(_origin(entry).name)


def _spaces(one: Scan, other: Scan) -> bool | None:
    """Whether two scans name one frame of reference (a person in a scanner); None where one does not name any."""
    named = [scan.origin.space for scan in (one, other) if scan.origin is not None and scan.origin.space]
    return named[0] == named[1] if len(named) == 2 else None
