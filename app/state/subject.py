"""Who is it? What the name of a scan says of the person; in doubt, nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.files import Scan
from engine.modality import recognise

_DISTINCT = 8
"""Characters from which a name that holds a number belongs to one subject alone, in whatever folder."""
_MADE = re.compile(r"_desc-(synth|uncertainty)_.*$")
_BIDS = re.compile(r"^sub_([a-z0-9]+)")


def subject_of(scan: Scan) -> str:
    """A scan's name without its contrast: "Brats18_X_1" of "Brats18_X_1_t1" and of what was made from it."""
    return _subject(source_name(scan.name))


def source_name(name: str) -> str:
    """The name of the scan that something was made from; of another scan its own."""
    return _MADE.sub("", name)


def distinct(subject: str) -> bool:
    """Whether a name is of one subject alone."""
    return len(subject) >= _DISTINCT and any(letter.isdigit() for letter in subject)


def known_strangers(one: str, other: str) -> bool:
    """Whether two subjects' names are certain to be of two people: BIDS says so, or both are distinct."""
    named = [_BIDS.match(subject) for subject in (one, other)]
    if named[0] and named[1]:
        return named[0][1] != named[1][1]
    return one != other and distinct(one) and distinct(other)


@lru_cache(maxsize=256)
def _subject(name: str) -> str:
    words = re.split(r"([_\-. ]+)", name)
    kept = [word for word in words[::2] if word and recognise([word]) is None]
    return "_".join(kept).lower()
