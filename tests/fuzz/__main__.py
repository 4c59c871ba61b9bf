"""Damages sound files by the thousand and has Respin read them: `python -m tests.fuzz --count 20000`.

Each family of inputs is worked on in a process of its own, so that a crash or a hang of it is a finding like
any other. What is found is written into --out, one file each, and told on stdout as one line of JSON a family.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.seeds import FAMILIES, Seed

KINDS = 23
"""Kinds of input in all families."""
PATIENCE = 120.0
"""Seconds without a new input after which a family counts as hanging: the machine may be busy."""
_TRIES = 40
"""How often a family that dies is begun anew."""


def main() -> int:
    """Every family in turn; exit code 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--count", type=int, default=1000, help="inputs in all")
    parser.add_argument("--only", choices=FAMILIES, help="one family of inputs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/fuzz"), help="where findings go")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.child:
        _work(asked.child, asked.count, asked.seed, asked.out)
        return 0
    share = -(-asked.count // KINDS)
    return max([_watch(family, share, asked.seed, asked.out) for family in ([asked.only] if asked.only else FAMILIES)])


def _watch(family: str, count: int, seed: int, out: Path) -> int:
    """Has a child try so many inputs of each kind; one that dies or stands still is replaced by another."""
    (out / f"{family}.tried").write_text("{}")
    began, died = time.monotonic(), 0
    while died < _TRIES:
        words = ["--child", family, "--count", str(count), "--seed", str(seed + 1000 * died), "--out", str(out)]
        with (out / f"{family}.log").open("ab") as log:
            child = subprocess.Popen([sys.executable, "-m", "tests.fuzz", *words], stderr=log, stdout=log)
            hung = _stands_still(child, out / f"{family}.tried")
        if child.returncode == 0:
            break
        died += 1
        if (out / f"{family}.trying").exists():
            kind = list(_tried(out, family))[-1]
            content = (out / f"{family}.trying").read_bytes()
            _keep(out, kind, content, "hangs" if hung else f"ends the process with {child.returncode}")
    tried = _tried(out, family)
    found = sorted(path.name for path in out.glob(f"{family}-*.found"))
    seconds = round(time.monotonic() - began, 1)
    print(json.dumps({"tried": tried, "died": died, "found": len(found), "seconds": seconds}), flush=True)
    return int(bool(found) or died == _TRIES)


def _tried(out: Path, family: str) -> dict[str, int]:
    return json.loads((out / f"{family}.tried").read_text())


def _stands_still(child: subprocess.Popen[bytes], progress: Path) -> bool:
    """Wait for a child; kill it where it gets nowhere."""
    seen, since = "", time.monotonic()
    while child.poll() is None:
        time.sleep(0.2)
        now = progress.read_text()
        if now != seen:
            seen, since = now, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            child.kill()
            child.wait()
            return True
    return False


def _work(family: str, count: int, seed: int, out: Path) -> None:
    """In the child: every kind of the family until so many of each are tried, by this child or one before it."""
    from tests.fuzz.judge import judge, limit_memory
    from tests.fuzz.seeds import seeds

    with tempfile.TemporaryDirectory() as folder:
        sound = seeds(Path(folder), family)
        for name, kind in sound.items():
            found = judge(kind.use, kind.content, 1 << 30)
            assert found is None, f"{name} is not sound: {found}"
            judge(kind.use, kind.content[: len(kind.content) // 2], 1 << 30)  # what is imported late is imported
            kind.use(kind.content)
        limit_memory()
        for name, kind in sound.items():
            left = count - _tried(out, family).get(name, 0)
            if left > 0:
                _try(name, kind, left, seed, out, family)


def _try(name: str, kind: Seed, count: int, seed: int, out: Path, family: str) -> None:
    """Draw inputs of one kind and judge each; the one under way lies in a file, in case it is the last."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from tests.fuzz.damage import damages
    from tests.fuzz.judge import judge

    tried, size = _tried(out, family), max(len(kind.content), len(kind.inside))
    tried[name] = tried.get(name, 0)
    progress, trying = (os.open(out / f"{family}.{what}", os.O_CREAT | os.O_WRONLY) for what in ("tried", "trying"))

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(damages(kind))
    def attempt(content: bytes) -> None:
        tried[name] += 1
        os.pwrite(progress, json.dumps(tried).encode(), 0)
        os.ftruncate(trying, os.pwrite(trying, content, 0))
        found = judge(kind.use, content, max(size, len(content)))
        if found is not None:
            _keep(out, name, content, found)

    attempt()
    os.close(progress)
    os.close(trying)


def _keep(out: Path, kind: str, content: bytes, found: str) -> None:
    """The first input of each finding; a finding is known by its words without numbers."""
    words = "".join(letter for letter in found.split(": ")[0] if not letter.isdigit())
    name = f"{kind}.{hashlib.sha256(words.encode()).hexdigest()[:8]}"
    if not (out / f"{name}.found").exists():
        (out / f"{name}.bytes").write_bytes(content)
        (out / f"{name}.found").write_text(f"{found}\n")


if __name__ == "__main__":
    sys.exit(main())
