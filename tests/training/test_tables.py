"""The paper's tables, cell by cell."""

import csv
from dataclasses import replace
from pathlib import Path

from engine.metrics import Scores
from engine.modality import Modality
from engine.presets import PAPER
from training import tables
from training.scoring import Row

T1, T2, FLAIR = Modality.T1, Modality.T2, Modality.FLAIR


def row(subject: str, way: str, psnr: float, pair: tuple[Modality, Modality] = (T1, T2), model: str = "m") -> Row:
    scores = {"mask": Scores(psnr, 0.1, 0.5), "whole": Scores(psnr + 1, 0.2, 0.6)}
    return Row(model, subject, *pair, way, scores, 0.5, 0.9)


ROWS = [
    row("a", "copy", 10),
    row("b", "copy", 20),
    row("a", "prior", 30),
    row("b", "prior", 31),
    row("a", "prior", 25, (T2, FLAIR)),
    row("a", "reconstruction", 40, (T1, T1)),
]


def test_directions_hold_means_over_subjects():
    assert tables.directions(ROWS).splitlines()[:3] == [
        "| direction | copy | prior |",
        "| --- | --- | --- |",
        "| T1 → T2 | 15.00 / 0.100 / 0.500 | 30.50 / 0.100 / 0.500 |",
    ]
    assert "| 16.00 / 0.200 / 0.600 |" in tables.directions(ROWS, "whole")


def test_table_1_has_the_tasks_of_the_paper_that_were_measured():
    head, _, copy, prior = tables.table_1(ROWS).splitlines()
    assert head == (
        "| way | T1 → T2 PSNR ↑ | T1 → T2 NMSE ↓ | T1 → T2 SSIM ↑ "
        "| T2 → FLAIR PSNR ↑ | T2 → FLAIR NMSE ↓ | T2 → FLAIR SSIM ↑ |"
    )
    assert copy.startswith("| copy | 15.00 ± 5.00 | 0.100 ± 0.000 | 0.500 ± 0.000 |  |")
    assert "| 25.00 |" in prior


def test_table_2_has_sources_by_targets_and_reconstruction_on_the_diagonal():
    lines = [line.split(" | ") for line in tables.table_2(ROWS, "prior").splitlines()]
    assert lines[0][1] == "T1 PSNR ↑"
    assert [line[0] for line in lines[2:]] == ["| T1", "| T2", "| FLAIR"]
    assert lines[2][1] == "40.00"
    assert lines[2][4] == "30.50 ± 0.50"
    assert lines[3][7] == "25.00"


def test_table_3_tells_what_each_row_has():
    kl = replace(PAPER, autoencoder=replace(PAPER.autoencoder, regularizer="kl"))
    rows = [row("a", "full", 24, model="ours"), row("a", "prior", 23, model="ours"), row("a", "full", 22, model="kl")]
    lines = tables.table_3(rows, {"ours": PAPER, "kl": kl}, "full").splitlines()[2:]
    assert [line.split(" | ")[:6] for line in lines] == [
        ["| ours", "✓", "✓", "✓", "VQ", "24.00"],
        ["| ours", "", "", "✓", "VQ", "23.00"],
        ["| kl", "✓", "✓", "✓", "KL", "22.00"],
    ]


def test_comparisons_are_paired_over_subjects():
    text = tables.against(ROWS, "prior", ("copy", "map"))
    assert "| prior minus | copy |" in text
    assert "+15.50 dB [+11.00, +20.00], p = 0.5 (n = 2)" in text


def test_every_number_is_in_the_csv(tmp_path: Path):
    tables.to_csv(ROWS, tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * len(ROWS)
    first = lines[0]
    assert (first["subject"], first["way"], first["region"], first["psnr"]) == ("a", "copy", "whole", "11.0000") or (
        first["region"] == "mask" and first["psnr"] == "10.0000"
    )


def test_structure_is_told_by_way():
    assert "| prior | 0.900 | 0.500 |" in tables.structure(ROWS)
