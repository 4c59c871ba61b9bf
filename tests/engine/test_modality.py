"""Names as hospitals, challenges and BIDS write them."""

import pytest

from engine.errors import UnknownModality
from engine.modality import Modality, recognise, says_before_contrast

T1, T1CE, T2, FLAIR, PD = Modality

NAMES = [
    ("Brats18_TCIA02_370_1_t1ce", T1CE),
    ("Brats18_TCIA02_370_1_t1", T1),
    ("BraTS20_Training_001_t2", T2),
    ("BraTS-GLI-00001-000-t1n", T1),
    ("BraTS-GLI-00001-000-t1c", T1CE),
    ("BraTS-GLI-00001-000-t2w", T2),
    ("BraTS-GLI-00001-000-t2f", FLAIR),
    ("sub-01_ses-1_T1w", T1),
    ("sub-01_ce-gadolinium_T1w", T1CE),
    ("sub-01_ce-GADOLINIUM_desc-preproc_T1w", T1CE),
    ("sub-01_acq-3d_run-02_T2w", T2),
    ("sub-01_FLAIR", FLAIR),
    ("sub-01_PDw", PD),
    ("sub-PD01_T1w", T1),
    ("FLAIR", FLAIR),
    ("flair", FLAIR),
    ("T2_FLAIR", FLAIR),
    ("FLAIR_T2", FLAIR),
    ("T2-SPC-FLAIR", FLAIR),
    ("AX T2 FLAIR FS", FLAIR),
    ("t2_tirm_tra_dark-fluid", FLAIR),
    ("t2_spc_da-fl_irprep_sag", FLAIR),
    ("T2FLAIR", FLAIR),
    ("3D_FLAIR", FLAIR),
    ("Ax T1 FLAIR", T1),
    ("Sag T1 FLAIR", T1),
    ("t1_flair", FLAIR),
    ("P1_T1_FLAIR", FLAIR),
    ("P1_T2_FLAIR", FLAIR),
    ("sub-01_acq-T1_FLAIR", FLAIR),
    ("sag_t1_flair_fs", T1),
    ("T1W FLAIR TRA", T1),
    ("T1FLAIR", T1),
    ("Ax T1 FLAIR +C", T1CE),
    ("+C Ax T1 FLAIR", T1CE),
    ("Ax T1 +C FLAIR", T1CE),
    ("Ax T1 post FLAIR", T1CE),
    ("Ax T1 pre FLAIR", T1),
    ("Sag T1 without contrast FLAIR", T1),
    ("P1_T1_post_FLAIR", FLAIR),
    ("Ax T2 +C FLAIR", FLAIR),
    ("AX T1 POST T2 FLAIR", FLAIR),
    ("Ax T1+C FLAIR", T1CE),
    ("Ax T1 FLAIR pre", T1),
    ("sub-01_ses-T1_FLAIR", FLAIR),
    ("sub-01_space-T1w_FLAIR", FLAIR),
    ("sub-01_ses-post_T1w", T1),
    ("sub-01_ses-postop_T1w", T1),
    ("sub-gd01_T1w", T1),
    ("sub-gd01_ses-post_acq-post_T1w", T1CE),
    ("sub-gd01_ses-post_ce-gadolinium_T1w", T1CE),
    ("sub-01-t1ce", T1CE),
    ("MPRAGE", T1),
    ("mp_rage", T1),
    ("MP2RAGE", T1),
    ("Sag FSPGR BRAVO", T1),
    ("T1W_sag_5_15_30_SENSE_11_1", T1),
    ("T1_SE_AX", T1),
    ("Ax T1 POST GAD", T1CE),
    ("T1 MPRAGE +C", T1CE),
    ("t1_gd", T1CE),
    ("T1Gd", T1CE),
    ("T1C+", T1CE),
    ("t1_pre_contrast", T1),
    ("T1 without contrast", T1),
    ("t1_km", T1CE),
    ("CE-T1", T1CE),
    ("OMS-07_t1ce", T1CE),
    ("avg152PD", PD),
    ("avg152T1", T1),
    ("avg152T2", T2),
    ("mni_icbm152_t1_tal_nlin_sym_09a", T1),
    ("mni_icbm152_pd_tal_nlin_sym_09a", PD),
    ("IXI002-Guys-0828-PD", PD),
    ("IXI002-Guys-0828-T2", T2),
    ("IXI002-Guys-0828-MPRAGE", T1),
    ("IXI002-Guys-0828-T1", T1),
    ("proton_density", PD),
    ("AX PD TSE", PD),
    ("case_t1_desc-synth_T2w", T2),
    ("SYNTHETIC T2 from T1; AI; research only", T2),
    ("SYNTHETIC T1CE from FLAIR; AI; research only", T1CE),
    ("case_flair_desc-synth_T1w", T1),
    ("sub-01_ce-gad_T1w_desc-synth_FLAIR", FLAIR),
    ("case_t2_desc-synth_T1ce", T1CE),
    ("T1w_acpc_dc_restore_brain", T1),
    ("patient_t2_t1w", T1),
]
OTHERS = [
    "",
    "scan001",
    "brain",
    "Brats18_TCIA02_370_1_seg",
    "case_t1_mask",
    "sub-01_T1w_dseg",
    "OMS-07_lesions",
    "T1map",
    "t2_star_gre",
    "T2*",
    "sub-01_T2starw",
    "T1rho",
    "sub-01_PDT2",
    "sub-01_task-rest_bold",
    "dwi_b1000",
    "training_seg_05",
    "update",
    "at1",
    "LPS",
    "contrast",
]


@pytest.mark.parametrize(("name", "modality"), NAMES)
def test_a_name_that_tells_its_contrast_is_recognised(name: str, modality: Modality):
    assert recognise([name]) is modality


@pytest.mark.parametrize("name", OTHERS)
def test_a_name_that_tells_no_contrast_of_ours_gives_none(name: str):
    assert recognise([name]) is None


@pytest.mark.parametrize(("name", "before"), [("Ax T1 pre", True), ("sub-01_ses-pre_T1w", False), ("Ax T1", False)])
def test_a_name_says_that_no_agent_was_given_yet_and_a_session_does_not(name: str, before: bool):
    assert says_before_contrast([name]) is before


def test_the_first_telling_name_wins():
    assert recognise(["scan001", "Ax FLAIR", "t1"]) is FLAIR


@pytest.mark.parametrize("modality", Modality)
def test_value_label_and_suffix_all_parse_back(modality: Modality):
    for name in (modality.value, modality.label, modality.suffix):
        assert Modality.parse(name) is modality


def test_an_unknown_target_is_refused_with_the_known_ones():
    with pytest.raises(UnknownModality, match=r"'ct' .* t1, t1ce, t2, flair, pd"):
        Modality.parse("ct")
