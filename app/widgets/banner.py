"""One sentence at the top of the window that stops nobody: a refusal, a warning, or a question."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

_LONGEST = 3
"""Warnings kept: the newest first, older ones are let go."""


class Banner(QWidget):
    """Hidden until there is something to say; closed by its cross or by the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Messages")
        self._warnings: list[str] = []
        self._question = ""
        self._agreed: Callable[[], None] | None = None
        self.label = QLabel(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.answer = QPushButton(objectName="answer")
        self.answer.clicked.connect(self._on_answer)
        close = QToolButton(text="✕", autoRaise=True, toolTip="Close", accessibleName="Close the message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self.label, 1)
        row.addWidget(self.answer)
        row.addWidget(close)
        self.hide()

    def warn(self, sentence: str) -> None:
        """Show a refusal or a warning, above those still open."""
        self._warnings = [sentence, *(s for s in self._warnings if s != sentence)][:_LONGEST]
        self._show()

    def ask(self, question: str, button: str, agreed: Callable[[], None]) -> None:
        """Show a question; the button calls `agreed`, the cross does not."""
        self._question, self._agreed = question, agreed
        self.answer.setText(button)
        self._show()
        self.answer.setFocus()

    def clear(self) -> None:
        """Say nothing."""
        self._warnings, self._question, self._agreed = [], "", None
        self._show()

    def _show(self) -> None:
        lines = [line for line in (self._question, *self._warnings) if line]
        self.label.setText("\n".join(lines))
        self.answer.setVisible(bool(self._question))
        self.setVisible(bool(lines))

    def _on_answer(self) -> None:
        agreed, self._question, self._agreed = self._agreed, "", None
        self._show()
        if agreed is not None:
            agreed()
