"""What a run tells while it goes: log.csv, TensorBoard, and a bar or a line in the terminal."""

from __future__ import annotations

import csv
import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

from engine.files import write_text


class Logbook:
    """Means of losses since the last entry, by step. Written by the first process alone."""

    def __init__(self, run: Path, steps: int, tensorboard: bool = False) -> None:
        self.run, self.steps = run, steps
        self.began, self.last = time.monotonic(), 0
        self._board: Any = self._open_board() if tensorboard else None
        self._bar = self._open_bar() if sys.stderr.isatty() else None

    def resume(self, step: int) -> None:
        """Drop what the log says of steps that the checkpoint has not seen: they are taken again."""
        log = self.run / "log.csv"
        rows = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        write_text(log, "".join(f"{row}\n" for row in rows if int(row.split(",")[0]) <= step))
        self.last = step
        self.tick(step)

    def tick(self, step: int) -> None:
        """So many steps are done."""
        if self._bar is not None:
            bars, task = self._bar
            bars.update(task, completed=step)

    def write(self, step: int, means: dict[str, float]) -> None:
        """One entry: a line of log.csv for every loss."""
        seconds = (time.monotonic() - self.began) / max(step - self.last, 1)
        self.began, self.last = time.monotonic(), step
        with open(self.run / "log.csv", "a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerows([step, name, f"{value:.6g}"] for name, value in means.items())
        if self._board is not None:
            for name, value in (means | {"seconds a step": seconds}).items():
                self._board.add_scalar(name, value, step)
        words = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        self.say(f"step {step}/{self.steps}  {seconds:.2f} s  {words}")

    def say(self, words: str) -> None:
        """A line for the reader, above the bar where there is one."""
        if self._bar is not None:
            self._bar[0].console.print(words, highlight=False)
        else:
            print(words, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal and the files in order."""
        if self._bar is not None:
            self._bar[0].stop()
        if self._board is not None:
            self._board.close()

    def _open_board(self) -> Any:
        if importlib.util.find_spec("tensorboard") is None:
            return None
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(self.run / "tensorboard"))

    def _open_bar(self) -> tuple[Any, Any]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(self.run.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bars = Progress(*columns, console=Console(stderr=True), refresh_per_second=2)
        bars.start()
        return bars, bars.add_task("", total=self.steps)
