"""Which models are there, and whose targets the buttons offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from engine.bundle import Bundle
from engine.modality import Modality


@dataclass(frozen=True, eq=False)
class Model:
    """One row of the list of models.

    bundle: None where it cannot be opened, and then `fault` says why
    own:    added by the reader, who may remove it
    """

    name: str
    bundle: Bundle | None
    own: bool
    fault: str = ""

    @property
    def makes(self) -> str:
        """ "Makes T1, T2, FLAIR from one another", or source by source where they differ."""
        if self.bundle is None:
            return self.fault
        offered = {source: self.bundle.targets(source) for source in self.bundle.preset.modalities}
        sources = [source for source, targets in offered.items() if targets]
        if all(set(offered[source]) == set(sources) - {source} for source in sources):
            return f"Makes {_listed(sources)} from one another"
        return "Makes " + "; ".join(f"{_listed(offered[source])} from {source.label}" for source in sources)

    @property
    def card(self) -> str:
        """The model card (Markdown), or why there is none."""
        try:
            return self.bundle.card if self.bundle is not None else self.fault
        except OSError as error:
            return f"The card cannot be read: {error.strerror}."

    @property
    def origin(self) -> str:
        """Where it came from."""
        return "Added by you" if self.own else "Ships with Respin"


@dataclass
class Models:
    """The models of this computer.

    bundle: the one that syntheses are made with; None where none can be opened
    rows:   all of them, those that ship first
    sound:  by name, what the hashes say: True, or False where a file was altered
    doing:  what is being done to them now, "" for nothing
    """

    bundle: Bundle | None = None
    rows: tuple[Model, ...] = ()
    sound: tuple[tuple[str, bool], ...] = ()
    doing: str = ""
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def in_use(self, model: Model) -> bool:
        """Whether the next synthesis is made with it."""
        return self.bundle is not None and model.bundle is not None and model.bundle.hash == self.bundle.hash

    def is_sound(self, model: Model) -> bool:
        """Whether nothing is known against its files."""
        return dict(self.sound).get(model.name, True)

    def state(self, model: Model) -> str:
        """What is known of its files, in a few words."""
        if model.bundle is None:
            return "cannot be opened"
        known = dict(self.sound)
        if model.name not in known:
            return "files not checked yet"
        return "files verified" if known[model.name] else "files altered or damaged"


def _listed(modalities: Sequence[Modality]) -> str:
    return ", ".join(modality.label for modality in modalities)
