"""Which scans were opened before: for the menu, the latest first."""

from __future__ import annotations

from pathlib import Path

from app.state.preferences import Preferences

MOST = 12


def remember(preferences: Preferences, path: Path) -> None:
    """Put a file or folder in front; each is there once, and the oldest is let go."""
    text = str(path.absolute())
    others = [other for other in preferences.recent if other != text]
    preferences.recent = (text, *others)[:MOST]
    preferences.folder = str(path.absolute().parent)


def forget(preferences: Preferences) -> None:
    """Empty the list."""
    preferences.recent = ()


def titles(preferences: Preferences) -> list[tuple[str, Path]]:
    """What the menu says of each: its name, with as much of its folder as tells it from the others."""
    paths = [Path(text) for text in preferences.recent]
    names = [path.name for path in paths]
    return [(path.name if names.count(path.name) == 1 else f"{path.name} ({path.parent.name})", path) for path in paths]
