"""A run's log as a picture."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.errors import RespinError
from training.curves import draw, read_log, smooth

LOG = "50,translation,0.4\n50,rate,1\n100,translation,0.3\n100,translation_structure,0.5\n"


def run(folder: Path, log: str = LOG) -> Path:
    (folder / "autoencoder").mkdir(parents=True)
    (folder / "autoencoder" / "log.csv").write_text(log)
    return folder


def test_every_loss_has_its_steps(tmp_path: Path):
    log = read_log(run(tmp_path) / "autoencoder" / "log.csv")
    assert log["translation"].tolist() == [[50, 0.4], [100, 0.3]]
    assert log["translation_structure"].tolist() == [[100, 0.5]]


def test_a_line_is_a_running_mean_that_keeps_its_ends():
    curve = np.column_stack([np.arange(5), [0.0, 3.0, 0.0, 3.0, 6.0]])
    assert smooth(curve, 3)[:, 1].tolist() == [1.5, 1.0, 2.0, 3.0, 4.5]
    assert smooth(curve, 1).tolist() == curve.tolist()


def test_the_picture_is_whole_and_tells_no_date(tmp_path: Path):
    draw(run(tmp_path / "one"), tmp_path / "one.svg")
    assert ElementTree.parse(tmp_path / "one.svg").getroot().tag.endswith("svg")
    assert "<dc:date>" not in (tmp_path / "one.svg").read_text()
    draw(tmp_path / "one", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path):
    with pytest.raises(RespinError, match="is not there"):
        draw(tmp_path, tmp_path / "curves.svg")
    assert not (tmp_path / "curves.svg").exists()
