"""Memory between the layers of a network is kept, and given back at the end."""

import sys
from pathlib import Path
from subprocess import run

import pytest

COUNTED = """
import resource, sys, threading
from engine import heap
if sys.argv[1] == "keep":
    heap.keep()
def work():
    for _ in range(20):
        bytearray(40_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=work)
thread.start()
thread.join()
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096
held = resident()
heap.give_back()
print(faults, held - resident())
"""


def told(way: str) -> tuple[int, int]:
    """Page faults of a thread that makes and drops 40 MB twenty times; bytes given back at the end."""
    root = Path(__file__).parents[2]
    done = run([sys.executable, "-c", COUNTED, way], check=True, capture_output=True, text=True, cwd=root)
    faults, given_back = done.stdout.split()
    return int(faults), int(given_back)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a matter of glibc")
def test_a_large_array_is_asked_for_once_and_given_back():
    (faults, given_back), (anew, _) = told("keep"), told("leave")
    assert faults < anew / 4
    assert given_back > 30_000_000
