"""Progress in a terminal and in a log; work is closed whatever ends it."""

from __future__ import annotations

import sys

import pytest

from app.terminal import follow
from engine.progress import Step, Work


class Errand:
    """Long work that notes whether it was cleaned up."""

    def __init__(self) -> None:
        self.closed = False

    def work(self) -> Work[str]:
        try:
            yield Step("encode", 0, 1)
            for done in range(3):
                yield Step("denoise", done, 3)
            return "done"
        finally:
            self.closed = True


def test_a_log_gets_one_line_a_stage(capsys: pytest.CaptureFixture[str]):
    assert follow(Errand().work()) == "done"
    captured = capsys.readouterr()
    assert captured.err == "encode ...\ndenoise ...\n"
    assert captured.out == ""


def test_a_terminal_gets_a_bar_that_leaves_no_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    assert follow(Errand().work()) == "done"
    captured = capsys.readouterr()
    assert "denoise" in captured.err
    assert "2/3" in captured.err
    assert captured.err.endswith("\x1b[2K")
    assert captured.out == ""


def test_an_interrupt_between_steps_closes_the_work(monkeypatch: pytest.MonkeyPatch):
    errand = Errand()

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.terminal.tell", interrupted)
    with pytest.raises(KeyboardInterrupt):
        follow(errand.work())
    assert errand.closed
