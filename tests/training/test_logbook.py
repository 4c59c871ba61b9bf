"""What a run tells: log.csv, TensorBoard, one line in a terminal that is none."""

from pathlib import Path

import pytest

from training.logbook import Logbook


def test_an_entry_is_a_line_a_loss_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    log = Logbook(tmp_path, steps=100)
    log.write(50, {"translation": 0.25, "cycle": 1.5})
    log.close()
    assert (tmp_path / "log.csv").read_text().splitlines() == ["50,translation,0.25", "50,cycle,1.5"]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("step 50/100  ")
    assert err.endswith("translation 0.2500  cycle 1.5000\n")


def test_steps_that_are_taken_again_are_forgotten(tmp_path: Path):
    log = Logbook(tmp_path, steps=100)
    for step in (10, 20, 30):
        log.write(step, {"translation": step / 10})
    log.resume(20)
    assert (tmp_path / "log.csv").read_text().splitlines() == ["10,translation,1", "20,translation,2"]


def test_tensorboard_gets_the_same_numbers(tmp_path: Path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = Logbook(tmp_path, steps=100, tensorboard=True)
    log.write(50, {"translation": 0.25})
    log.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("translation")] == [(50, 0.25)]
