"""Killed at any moment, a synthesis leaves the old results or the whole new ones. `python -m tests.kill` does more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="the runner forks")
def test_a_kill_leaves_whole_files_and_the_next_export_sweeps(tiny_bundle: Path):
    command = [sys.executable, "-m", "tests.kill", "--moments", "4", "--model", str(tiny_bundle)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sum(told["ends"].values()) == 4
    assert (told["torn"], told["left after the next export"]) == (0, 0)
