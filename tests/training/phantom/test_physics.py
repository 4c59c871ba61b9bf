"""Signal equations against the published order of the contrasts (white matter = 1)."""

import numpy as np
import pytest

from engine.modality import Modality
from training.phantom.physics import PREPARED_T1, PROTOCOLS, Protocol, as_seen, response, signal
from training.phantom.tissues import TISSUES, Tissue


def ratio(name: str, modality: Modality, protocol: Protocol | None = None) -> float:
    protocol = protocol or PROTOCOLS[modality]
    of, white = (signal(as_seen(TISSUES[tissue], modality), protocol) for tissue in (name, "white"))
    return of / white


@pytest.mark.parametrize(
    ("modality", "expected"),
    [
        (Modality.T2, {"cortex": 1.64, "csf": 3.5, "oedema": 2.4}),
        (Modality.FLAIR, {"cortex": 1.26, "csf": 0.23, "oedema": 1.8}),
        (Modality.PD, {"cortex": 1.21, "csf": 1.22}),
    ],
)
def test_the_expected_order(modality: Modality, expected: dict[str, float]):
    for name, value in expected.items():
        assert ratio(name, modality) == pytest.approx(value, rel=0.03), name


@pytest.mark.parametrize("protocol", [PROTOCOLS[Modality.T1], PREPARED_T1])
def test_t1_shows_white_over_grey_over_csf(protocol: Protocol):
    grey, water = ratio("cortex", Modality.T1, protocol), ratio("csf", Modality.T1, protocol)
    assert 1 > grey > water > 0
    assert ratio("oedema", Modality.T1, protocol) < 1


@pytest.mark.parametrize("protocol", [PROTOCOLS[Modality.T1], PREPARED_T1])
def test_contrast_agent_brightens_what_takes_it_up_and_nothing_else(protocol: Protocol):
    for name, tissue in TISSUES.items():
        before = signal(as_seen(tissue, Modality.T1), protocol)
        after = signal(as_seen(tissue, Modality.T1CE), protocol)
        assert (after > 1.2 * before) if tissue.t1_enhanced else (after == before), name
    assert ratio("enhancing", Modality.T1CE, protocol) > 1 > ratio("enhancing", Modality.T1, protocol)


def test_flair_hides_water_and_shows_plaques():
    assert ratio("csf", Modality.FLAIR) < 0.3 < 1.5 < ratio("plaque", Modality.FLAIR)
    assert ratio("necrosis", Modality.FLAIR) < ratio("oedema", Modality.FLAIR)


def test_the_response_is_the_signal_of_a_slightly_different_tissue():
    tissue = TISSUES["cortex"]
    for protocol in (*PROTOCOLS.values(), PREPARED_T1):
        level, by_t1, by_t2, by_pd = response(tissue, protocol)
        other = Tissue(tissue.t1 * 1.03, tissue.t2 * 0.98, tissue.pd * 1.01)
        assert level + 0.03 * by_t1 - 0.02 * by_t2 + 0.01 * by_pd == pytest.approx(signal(other, protocol), rel=3e-3)


def test_tissues_differ_from_person_to_person_by_what_is_asked():
    drawn = [TISSUES["white"].varied(np.random.default_rng(seed), 0.06) for seed in range(200)]
    assert np.std([tissue.t1 for tissue in drawn]) == pytest.approx(0.06 * 900, rel=0.2)
    assert max(tissue.pd for tissue in drawn) <= 1.05
    assert all(tissue.t1_enhanced == 0 for tissue in drawn)
