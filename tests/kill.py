"""Kills `respin synthesize` at many moments: `python -m tests.kill --moments 50`.

Half of them anywhere, half while the results are being written. Afterwards every file is the old one or the
whole new one; what is left beside them is gone after the next export. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from app import cli
from tests.phantoms import write_phantom

Files = dict[str, bytes]

_EXPORT = 0.03
"""Seconds within which results are written, or so: moments are drawn from them."""


def main() -> int:
    """Exit code 1 where a file was torn or anything stayed behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--model", type=Path, help="a bundle; without it a small one of random weights")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = _kill(Path(folder), asked.moments, asked.model, asked.seed)
    print(json.dumps(told))
    return int(bool(told["torn"] or told["left after the next export"]))


def _kill(folder: Path, moments: int, model: Path | None, seed: int) -> dict[str, object]:
    scan = write_phantom(folder / "case_t1.nii.gz", shape=(48, 56, 40))
    model = model or _bundle(folder / "tiny")
    _warm()
    fixed = ["synthesize", str(scan), "--to", "t2", "--mode", "shortcut", "--steps", "2", "--samples", "2"]
    fixed += ["--model", str(model), "--device", "cpu", "--threads", "1"]
    whole: list[Files] = []
    took = 0.0
    for made in ("1", "2"):
        out, began = folder / f"whole{made}", time.monotonic()
        assert _wait(_start([*fixed, "--seed", made, "--out", str(out)], folder / "said")) == 0
        took, whole = time.monotonic() - began, [*whole, _files(out)]
    old, new = whole
    assert old.keys() == new.keys() and all(old[name] != new[name] for name in old)
    out, chance = folder / "out", random.Random(seed)
    out.mkdir()
    ends: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    for moment in range(moments):
        for name, content in old.items():
            (out / name).write_bytes(content)
        child = _start([*fixed, "--seed", "2", "--out", str(out)], folder / "said")
        if moment % 2:
            _until_it_writes(child, out)
            time.sleep(chance.uniform(0, _EXPORT))
        else:
            time.sleep(chance.uniform(0, took))
        os.kill(child, signal.SIGKILL)
        _wait(child)
        said = (folder / "said").read_text().split("\n")[:-1]
        stages["the end" if said and said[-1].startswith("T2 in") else said[-1] if said else "the start"] += 1
        ends[_end(_files(out), old, new)] += 1
    left = [path.name for path in out.glob(".*.part")]
    for name in left:
        os.utime(out / name, (0, 0))
    assert _wait(_start([*fixed, "--seed", "2", "--out", str(out)], folder / "said")) == 0
    again = _files(out) == new
    return {
        "moments": moments, "ends": ends, "torn": ends["torn"] + (not again), "killed after": stages,
        "left behind": len(left), "left after the next export": len(list(out.glob(".*"))),
    }  # fmt: skip


def _end(found: Files, old: Files, new: Files) -> str:
    """What a kill left: the old set, the new one, some of each, or a file that is neither."""
    if found == old:
        return "old"
    if found == new:
        return "new"
    whole = found.keys() == old.keys() and all(found[name] in (old[name], new[name]) for name in found)
    return "some old, some new" if whole else "torn"


def _files(out: Path) -> Files:
    """What a reader sees: hidden files are nobody's results."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if not path.name.startswith(".")}


def _start(words: list[str], said: Path) -> int:
    """The command in a process of its own. Forked, so that what is imported need not be imported again."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(cli.run(words))
    return child


def _wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _until_it_writes(child: int, out: Path) -> None:
    """Until temporary files stand beside the results, or the command is done."""
    before = set(out.glob(".*.part"))
    while set(out.glob(".*.part")) <= before:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.001)


def _bundle(directory: Path) -> Path:
    """Made in a process of its own: this one must not begin threads before it forks."""
    child = os.fork()
    if child == 0:
        from tests.bundles import write_bundle

        write_bundle(directory)
        os._exit(0)
    assert _wait(child) == 0
    return directory


def _warm() -> None:
    """Import what the command will."""
    import engine.provenance
    import engine.translator  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
