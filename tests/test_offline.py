"""Nothing leaves the machine: the main ways run with every door to a network watched."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.phantoms import write_phantom
from tests.test_contracts import PACKAGES, REPOSITORY, imported, sources

WATCHED = """
import socket, sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        own = event == "socket.bind" and args[1][0] in ("::1", "127.0.0.1")  # urllib3 asks so if there is IPv6
        if args[0].family in (socket.AF_INET, socket.AF_INET6) and not own:
            seen.append([event, str(args[1])])
    elif event.startswith(("socket.getaddrinfo", "socket.gethost", "urllib.", "http.client.")):
        seen.append([event, str(args)])
sys.addaudithook(watch)
"""
COMMANDS = """
import json
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
application = QApplication([])
from app import cli
scan, model, out = sys.argv[1:]
made = f"{out}/case_t1_desc-synth_T2w.nii.gz"
words = [["info", scan], ["models"], ["synthesize", scan, "--to", "t2", "--steps", "1", "--model", model,
         "--device", "cpu", "--threads", "1", "--out", out], ["compare", scan, scan], ["render", scan, made,
         "--layout", "compare", "--out", f"{out}/a.png"]]
codes = [cli.run(line) for line in words]
from app.main_window import MainWindow
from engine.bundle import open_bundle
window = MainWindow(open_bundle(model))
window.show()
window.open([__import__("pathlib").Path(scan)])
while not window.study.entries:
    QTest.qWait(20)
window.close()
print("\\n" + json.dumps({"codes": codes, "seen": seen}))
"""


def watched(program: str, *words: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED + program, *words],
        cwd=REPOSITORY,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_watch_sees_what_it_should():
    asked = "import json\ntry:\n    socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError:\n    pass\n"
    assert watched(asked + "print(json.dumps({'seen': seen}))")["seen"]


def test_commands_and_window_ask_no_network(tiny_bundle: Path, tmp_path: Path):
    scan = write_phantom(tmp_path / "case_t1.nii.gz")
    told = watched(COMMANDS, str(scan), str(tiny_bundle), str(tmp_path / "out"))
    assert told == {"codes": [0] * 5, "seen": []}


def test_nothing_reads_what_could_run():
    for path in sources(*PACKAGES):
        opened = {module.split(".")[0] for module in imported(path)}
        assert not opened & {"cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}, path
        used = re.findall(r"pickle\.(\w+)", path.read_text(encoding="utf-8"))
        assert set(used) <= {"UnpicklingError"}, path  # the error by which torch refuses one


def test_weights_are_loaded_without_running_what_they_carry():
    for path in sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called, words = ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called == "torch.load":
                assert words.get("weights_only") == "True", f"{path}:{node.lineno}"
            assert words.get("allow_pickle", "False") == "False", f"{path}:{node.lineno}"
            assert called not in ("eval", "exec", "os.system"), f"{path}:{node.lineno}"
            assert words.get("shell", "False") == "False", f"{path}:{node.lineno}"
