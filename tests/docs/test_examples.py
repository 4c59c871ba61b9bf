"""What the documents tell a reader to type is typed here, in the order of each page."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app import cli
from tests.dicom_phantoms import lay_out, series
from tests.docs.pages import REPOSITORY, commands, examples, pages
from tests.phantoms import phantom

NAMED = {page.relative_to(REPOSITORY).as_posix(): page for page in pages()}
QUICK = {"synthesize": ["--mode", "prior"]}
"""Added to a command so that it takes seconds."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sample_path: Path) -> Path:
    """A folder with a scan and a DICOM series in it."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(sample_path, folder / "scan_t1.nii.gz")
    tags = {"StudyInstanceUID": "1.2.3", "SeriesDescription": "Ax T1"}
    lay_out(folder / "series_t1", series(phantom((48, 56, 20), (3, 3, 5), "LPS"), **tags))
    return folder


@pytest.fixture(scope="module")
def sample_path() -> Path:
    return REPOSITORY / "assets" / "samples" / "icbm152_T1w.nii.gz"


@pytest.fixture
def at_the_desk(desk: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a command; with the one application that tests of the window need, not a lesser one."""
    monkeypatch.chdir(desk)
    return desk


OF_RESPIN = [(name, line) for name, page in NAMED.items() for line in commands(page) if line.startswith("respin ")]
OF_MAKE = sorted({line for page in NAMED.values() for line in commands(page) if line.startswith("make ")})
OTHERS = sorted(
    {line for page in NAMED.values() for line in commands(page) if not line.startswith(("respin ", "make "))}
)


@pytest.mark.parametrize(("page", "line"), OF_RESPIN)
def test_a_command_of_respin_does_what_it_says(page: str, line: str, at_the_desk: Path, capsys):
    words = shlex.split(line)[1:]
    assert cli.run([*words, *QUICK.get(words[0], [])]) == 0, f"{page}: {line}\n{capsys.readouterr().err}"
    assert capsys.readouterr().out


@pytest.mark.parametrize("line", OF_MAKE)
def test_a_target_of_make_is_there(line: str):
    told = subprocess.run(
        ["make", "-n", *shlex.split(line)[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("line", OTHERS)
def test_any_other_command_is_of_a_kind_that_is_checked(line: str):
    words = shlex.split(line)
    if words[0] == "apt-get":
        makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
        packages = [word for word in words[2:] if not word.startswith("-")]
        assert packages and all(re.search(rf"\b{re.escape(package)}\b", makefile) for package in packages)
    elif words[0] in ("bash", "python"):
        assert (REPOSITORY / words[1]).is_file(), line
    else:
        assert words[:2] == ["pip", "install"], f"nothing checks: {line}"


def test_the_readme_s_python_runs(at_the_desk: Path, capsys):
    (block,) = examples(NAMED["README.md"], "python")
    quick = block.text.replace('"t2")', '"t2", mode="prior")')
    assert quick != block.text
    exec(compile(quick, "README.md", "exec"), {})
    assert Path(capsys.readouterr().out.strip()).name == "scan_t1_desc-synth_T2w.nii.gz"


def test_the_notebook_s_examples_hold(at_the_desk: Path):
    page = NAMED["docs/notebook.md"]
    text = "\n".join(block.text for block in examples(page, "python"))
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner()
    said: list[str] = []
    runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)
    assert len(test.examples) > 20


def test_this_page_s_commands_are_not_forgotten():
    assert len(OF_RESPIN) >= 5 and {"make run", "make test", "make bundle", "make wheel"} <= set(OF_MAKE)
    assert os.access(REPOSITORY / ".ci" / "run", os.R_OK)
