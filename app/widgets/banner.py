"""One sentence at the top of the window that stops nobody: a refusal, a warning, or a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

_LONGEST = 3
"""Warnings shown at once, the newest first; closing them shows older ones."""


class Banner(QWidget):
    """Hidden until there is something to say; closed by its cross or by the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Messages")
        self._warnings: list[str] = []
        self._questions: list[_Question] = []
        self.label = QLabel(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.answer = QPushButton(objectName="answer")
        self.answer.clicked.connect(self._on_answer)
        self.other = QPushButton(objectName="other")
        self.other.clicked.connect(self._dismiss)
        close = QToolButton(text="✕", autoRaise=True, toolTip="Close", accessibleName="Close the message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self.label, 1)
        row.addWidget(self.answer)
        row.addWidget(self.other)
        row.addWidget(close)
        self.hide()

    def warn(self, sentence: str) -> None:
        """Show a refusal or a warning, above those still open."""
        self._warnings = [sentence, *(s for s in self._warnings if s != sentence)]
        self._show()

    def ask(self, question: str, button: str, agreed: Callable[[], None], other: str = "") -> None:
        """Show a question, before older ones; the button calls `agreed`, the cross and `other` do not."""
        older = [one for one in self._questions if one.text != question]
        self._questions = [_Question(question, button, agreed, other), *older]
        self._show()
        self.answer.setFocus()

    def clear(self) -> None:
        """Put away what is shown; older warnings and an older question come back."""
        self._warnings = self._warnings[_LONGEST:]
        self._dismiss()

    def _show(self) -> None:
        asked = self._questions[0] if self._questions else None
        more = len(self._warnings) - _LONGEST
        lines = [*([asked.text] if asked else []), *self._warnings[:_LONGEST]]
        if more > 0:
            lines.append(f"{more} more: close these to read {'it' if more == 1 else 'them'}.")
        self.label.setText("\n".join(lines))
        self.answer.setVisible(asked is not None)
        self.other.setVisible(asked is not None and bool(asked.other))
        if asked is not None:
            self.answer.setText(asked.button)
            self.other.setText(asked.other)
        self.setVisible(bool(lines))

    def _dismiss(self) -> None:
        self._questions = self._questions[1:]
        self._show()

    def _on_answer(self) -> None:
        agreed = self._questions[0].agreed
        self._dismiss()
        agreed()


@dataclass(frozen=True)
class _Question:
    text: str
    button: str
    agreed: Callable[[], None]
    other: str
