"""Our own faults, kept for whoever mends them: a traceback in the log file, without the names of patients."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import traceback
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from platformdirs import user_log_path

from engine.files import stem

_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|(?:[A-Za-z]:)?[/\\][^\s:'\"]+")
"""What an error quotes, and whatever looks like a path."""


def log_file() -> Path:
    """Where tracebacks are kept."""
    return user_log_path("respin", appauthor=False) / "respin.log"


def record(fault: BaseException, private: Iterable[str]) -> Path:
    """Append a traceback to the log file and say where it lies.

    private: words of the command line; those that name files are written as hashes, with their folders
    """
    report = discreet(fault)
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    entry = f"--- {when}\n{anonymous(report, private)}\n"
    try:
        return _append(log_file(), entry)
    except OSError:  # a home that cannot be written must not hide the fault
        return _append(Path(tempfile.gettempdir()) / "respin.log", entry)


def discreet(fault: BaseException) -> str:
    """The traceback; in what errors say, paths and quoted words become hashes unless the program itself holds them."""
    report = "".join(traceback.format_exception(fault))
    known: set[str] = set()
    said: list[str] = []
    seen: list[BaseException | None] = [fault]
    while seen:
        if (error := seen.pop()) is None or str(error) in said:
            continue
        said.append(str(error))
        seen += [error.__cause__, error.__context__]
        for frame, _ in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
            known.update(code.co_names, code.co_varnames, (word for word in code.co_consts if isinstance(word, str)))
    for words in sorted(filter(None, said), key=len, reverse=True):
        report = report.replace(words, _QUOTED.sub(lambda found: _hashed(found[0], known), words))
    return report


def _hashed(quoted: str, known: set[str]) -> str:
    word = quoted.strip("'\"")
    return quoted if word in known else _hash(word)


def _hash(word: str) -> str:
    """What stands in the place of a word; a name that is no text is hashed as the bytes that it is on disk."""
    return f"<{hashlib.sha256(word.encode(errors='surrogateescape')).hexdigest()[:12]}>"


def _append(path: Path, entry: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(entry)
    return path


def anonymous(text: str, private: Iterable[str]) -> str:
    """The text with every file and folder among `private` replaced by a hash: whole paths first, then bare names."""
    names = {name for word in private for name in _names(word)}
    for name in sorted(names, key=len, reverse=True):
        alone = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
        text = re.sub(alone, _hash(name), text)
    return text


def _names(word: str) -> set[str]:
    """Every way in which a word of the command line may turn up as a path; none where it names no file.

    `Path.exists` and `Path.resolve` raise where a disk has gone or links go round: that fault would hide ours.
    """
    path = Path(word)
    if word.startswith("-") or not (os.path.exists(path) or path.suffix or len(path.parts) > 1):
        return set()
    # Folders are named after patients too; those that hold the program itself stay readable.
    folders = set(path.absolute().parents) - set(Path(__file__).parents)
    paths = {path, path.absolute(), Path(os.path.realpath(path)), *folders}
    names = {word, path.name, stem(path), *map(str, paths)}
    return {name for name in names if len(name.strip("./")) > 0}
