"""The contrasts that Respin knows, their names, and recognising one from what a file says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from engine.errors import UnknownModality


class Modality(Enum):
    """A contrast of brain MRI. The value is the name on the command line and in a bundle."""

    T1 = "t1"
    T1CE = "t1ce"
    T2 = "t2"
    FLAIR = "flair"
    PD = "pd"

    @property
    def label(self) -> str:
        """The name that a reader sees: T1, T1CE, T2, FLAIR, PD."""
        return self.name

    @property
    def suffix(self) -> str:
        """The file name's suffix (BIDS where BIDS has one): T1w, T1ce, T2w, FLAIR, PDw."""
        return _SUFFIX[self]

    @classmethod
    def parse(cls, name: str) -> Modality:
        """The modality that a person or a manifest calls `name`; refuses any other word."""
        found = recognise([name])
        if found is None:
            known = ", ".join(m.value for m in cls)
            raise UnknownModality(f"'{name}' is not a contrast that Respin knows; use one of {known}.")
        return found


_SUFFIX = {
    Modality.T1: "T1w",
    Modality.T1CE: "T1ce",
    Modality.T2: "T2w",
    Modality.FLAIR: "FLAIR",
    Modality.PD: "PDw",
}

# The first that matches wins: T1CE must be seen before T1, FLAIR before T2.
_NAMES = (
    (Modality.T1CE, r"t1w?[-_ ]?(ce|c|gd|gad|km|post|\+c|contrast)|ce[-_]?t1w?|t1n?[-_ ]?post.*|ce-gad\w*|t1ce"),
    (Modality.FLAIR, r"(t2)?[-_ ]?(w[-_ ]?)?(fla?ir|t2f|tirm|da-?fl)|flair\w*"),
    (Modality.PD, r"pdw?|proton|protondensity|pd[-_]?\w?"),
    (Modality.T2, r"t2w?|t2[-_ ]?(tse|fse|star)?"),
    (Modality.T1, r"t1[wn]?|mp-?rage|spgr|bravo|t1[-_ ]?(mprage|tfe|tse|se|gre)"),
)


def recognise(names: Iterable[str]) -> Modality | None:
    """The modality that the first telling name speaks of (file stems, BIDS entities, series descriptions), or None."""
    for name in names:
        words = [word for word in re.split(r"[^a-z0-9+]+", name.lower()) if word]
        joined = ["".join(pair) for pair in zip(words, words[1:], strict=False)]
        for modality, pattern in _NAMES:
            if any(re.fullmatch(pattern, word) for word in words + joined):
                return modality
    return None
