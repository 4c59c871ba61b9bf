"""The entry point `respin`. Nothing heavy is imported here: each command fetches what it needs."""

from __future__ import annotations

import sys


def main() -> None:
    """Run what the command line asks for and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:  # what reads command lines takes longer to load than Python itself
        from engine import __version__

        print(f"respin {__version__}")
        return
    from app.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
