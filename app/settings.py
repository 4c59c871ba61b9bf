"""The preferences in an ini file of the user's configuration folder; what cannot be read there is the default."""

from __future__ import annotations

import json
from dataclasses import fields
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import platformdirs
from PySide6.QtCore import QSettings

from app.state.preferences import Preferences

_NONE = "none"


def settings_file() -> Path:
    """Where the preferences lie; `XDG_CONFIG_HOME` and its kin on other systems are obeyed."""
    return platformdirs.user_config_path("respin", appauthor=False) / "settings.ini"


def load(path: Path | None = None) -> Preferences:
    """What was remembered. Every later change of a field is written down at once."""
    store = QSettings(str(path or settings_file()), QSettings.Format.IniFormat)
    kinds = get_type_hints(Preferences)
    read = {field.name: _read(store.value(field.name), kinds[field.name]) for field in fields(Preferences)}
    preferences = Preferences(**{name: value for name, value in read.items() if value is not ...})
    preferences.events.connect(lambda emission: _write(store, emission.signal.name, emission.args[0]))
    return preferences


def _write(store: QSettings, name: str, value: Any) -> None:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, tuple):
        value = json.dumps(value)
    store.setValue(name, _NONE if value is None else str(value))
    store.sync()


def _read(text: object, kind: Any) -> Any:
    """A value of this kind, or ... where the text does not tell one."""
    if not isinstance(text, str):
        return ...
    if isinstance(kind, UnionType):
        return None if text == _NONE else _read(text, get_args(kind)[0])
    if kind is bool:
        return {"True": True, "False": False}.get(text, ...)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((member for member in kind if member.value == text), ...)
    return text if kind is str else _texts(text)


def _texts(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return ...
    return tuple(found) if isinstance(found, list) and all(isinstance(part, str) for part in found) else ...
