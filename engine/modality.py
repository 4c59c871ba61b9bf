"""The contrasts that Respin knows, their names, and recognising one from what a file says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from itertools import pairwise

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
        """The modality that a person or a manifest calls `name`; refuses any other word.

        >>> Modality.parse("FLAIR"), Modality.parse("t1gd").suffix
        (<Modality.FLAIR: 'flair'>, 'T1ce')
        """
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

_NAMES = {
    Modality.T1CE: r"t1w?(ce|c|gd|gad|km|post|\+c|c\+)(fla?ir)?|(ce|gd|gad|post)t1w?",
    Modality.FLAIR: r"(t2w?)?fla?ir\d?d?|t2f|tirm|dafl|darkfluid",
    Modality.PD: r"pdw?|proton|protondensity|.*\dpdw?",
    Modality.T2: r"t2w?|t2(tse|fse|spc|space|tra|stir)|.*\dt2w?",
    Modality.T1: r"t1[wn]?|t1w?fla?ir|t1(mprage|tfe|tse|se|gre|spgr)|mp2?rage|f?spgr|bravo|.*\dt1w?",
}
_CONTRAST = r"\+?c\+?|ce|cegad\w*|gd\w*|gad\w*|km|post\w*|contrast|enh\w*"
_BEFORE_CONTRAST = r"pre|precontrast|non|noncontrast|native|nativ|without|wo|no|unenhanced"
_NO_CONTRAST_OF_OURS = (
    r"seg\w*|dseg|masks?|labels?|lesions?|roi|probseg|"
    r"t[12](map|star\w*|rho|mapping)|t2s|pdt2w?|rho|"
    r"(adc|dwi|dti|bold|swi|asl|tof|angio|perf\w*|fmri|fieldmap)"
)
"""Words that say "not one of ours", whatever else the name holds: masks, maps, other sequences."""
_ENTITY = re.compile(r"(^|_)(sub|ses|space)-[a-z0-9]+(?=_)")
"""Of BIDS' names the parts that may hold a contrast's word and tell none: who, when, on whose grid."""
_SERIES = r"ax\w*|sag\w*|cor\w*|tra\w*|obl|[ft]se|propeller|blade|\+c"
"""Words of a scanner's own description: there "T1 FLAIR" is a T1; in "P1_T1_FLAIR" the T1 is a visit."""
_T1_FLAIR = r"t1.*fla?ir"
_OUR_LABEL = "synthetic "
"""Before the target, and " from " with the source behind it: "SYNTHETIC T2 from T1; ..."."""


def recognise(names: Iterable[str]) -> Modality | None:
    """The modality that the first telling name speaks of, or None.

    names: file stems, BIDS names, series descriptions, the most telling first
    """
    return next((found for name in names if (found := _of_one(name)) is not None), None)


def speaks_of_t1_and_flair(names: Iterable[str]) -> bool:
    """Whether a name holds both: a T1 FLAIR, or the FLAIR of a visit T1."""
    return any(re.search(rf"{_T1_FLAIR}|fla?ir.*t1", name.lower()) for name in names)


def says_before_contrast(names: Iterable[str]) -> bool:
    """Whether a name says that no contrast agent was given yet: "T1 pre"."""
    return any(_any(_BEFORE_CONTRAST, _words(name)) for name in names)


def _of_one(name: str) -> Modality | None:
    """Of several contrasts in one name the last counts: a suffix says more than what stands before it."""
    name = name.lower().replace("t2*", "t2star")
    if "_desc-synth_" in name:
        name = name.rpartition("_")[2]
    if name.startswith(_OUR_LABEL):
        name = name.removeprefix(_OUR_LABEL).partition(" from ")[0]
    words = _words(name)
    pairs = ["".join(pair) for pair in pairwise(words)]
    if _any(_NO_CONTRAST_OF_OURS, words + pairs):
        return None
    told = _with_pairs(words)
    if not _any(_SERIES, words):
        told = [word for word in told if word in words or not re.fullmatch(_T1_FLAIR, word)]
    found = [modality for word in told for modality in Modality if _is(modality, word)]
    if not found:
        return None
    if Modality.FLAIR in found and found[-1] is Modality.T2:
        return Modality.FLAIR
    enhanced = _any(_CONTRAST, words) and not _any(_BEFORE_CONTRAST, words)
    return Modality.T1CE if found[-1] is Modality.T1 and enhanced else found[-1]


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9+]+", _ENTITY.sub("", name.lower())) if word]


def _with_pairs(words: list[str]) -> list[str]:
    """The words in order, each followed by what it makes with its neighbour: "t1 +c flair" holds "t1flair", too."""
    joined, spoken = words[:1], ""
    for before, word in pairwise(words):
        joined += [word, before + word]
        if _any(f"{_CONTRAST}|{_BEFORE_CONTRAST}", [before]):
            joined.append(spoken + word)
        else:
            spoken = before
    return joined


def _is(modality: Modality, word: str) -> bool:
    return re.fullmatch(_NAMES[modality], word) is not None


def _any(pattern: str, words: list[str]) -> bool:
    return any(re.fullmatch(pattern, word) for word in words)
