"""A few syntheses and cancels in one window leave no thread behind. `python -m tests.soak` does many."""

import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def test_no_thread_stays_behind(tiny_bundle: Path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--count", "8", "--model", str(tiny_bundle), "--growth", "1000"],
        cwd=REPOSITORY,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["done"] + told["cancelled"] == 8
    assert told["threads"][1] <= told["threads"][0]
