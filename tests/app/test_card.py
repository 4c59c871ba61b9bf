"""What is read out of a model card."""

from __future__ import annotations

from app.state.card import limits, numbers, section, worded
from engine.bundle import open_bundle
from engine.modality import Modality

CARD = """# Model card: small

Words.

## Validation

Inside the brain:

| direction | copy | prior |
|---|---|---|
| T1 → T2 | 6.98 / 1.508 / -0.194 | 17.84 / 0.121 / 0.667 |
| T1CE → T2 | 1 / 2 / 3 | 4 / 5 / 6 |

Whole crop:

| direction | copy | prior |
|---|---|---|
| T1 → T2 | 10.46 / 1.5 / 0.4 | 21.3 / 0.12 / 0.8 |

## Limits

* Research use only. **No lesion may be trusted**: one may be
  missing.
* Smooth.

## After

* not a limit
"""


def test_the_numbers_are_those_of_the_direction_and_no_other():
    inside, whole = numbers(CARD, Modality.T1, Modality.T2)
    assert (inside.where, whole.where) == ("Inside the brain", "Whole crop")
    assert inside.values == (("copy", "6.98 / 1.508 / -0.194"), ("Preview", "17.84 / 0.121 / 0.667"))
    assert numbers(CARD, Modality.T2, Modality.T1) == ()
    assert numbers("No table.", Modality.T1, Modality.T2) == ()


def test_limits_are_sentences_without_marks():
    assert limits(CARD) == ("Research use only. No lesion may be trusted: one may be missing.", "Smooth.")
    assert limits("# Nothing") == () and section(CARD, "Nowhere") == ""


def test_the_card_that_ships_has_limits_and_numbers_for_every_direction():
    bundle = open_bundle()
    assert len(limits(bundle.card)) >= 3
    assert any("diagnosis" in limit for limit in limits(bundle.card))
    for source in (Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR):
        for target in bundle.targets(source):
            measured = target is not Modality.PD  # nobody held out has a real one
            assert bool(numbers(bundle.card, source, target)) is measured, (source, target)
    assert "PD was learnt from simulated patients alone" in bundle.card


def test_the_modes_have_the_windows_words():
    told = worded(CARD)
    assert told.count("| direction | copy | Preview |") == 2 and "prior" not in told
    assert told.replace("Preview", "prior") == CARD.rstrip("\n")
    (row, _) = numbers(CARD, Modality.T1, Modality.T2)
    assert [name for name, _ in row.values] == ["copy", "Preview"]
