"""One sentence at the top of the window that stops nobody: a refusal, a warning, or a question."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

_LONGEST = 3
"""Sentences kept: the newest first, older ones are let go."""


class Banner(QWidget):
    """Hidden until there is something to say; closed by its cross or by the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Messages")
        self._said: list[str] = []
        self.label = QLabel(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.answer = QPushButton(objectName="answer")
        close = QToolButton(text="✕", autoRaise=True, toolTip="Close", accessibleName="Close the message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self.label, 1)
        row.addWidget(self.answer)
        row.addWidget(close)
        self._agreed: Callable[[], None] | None = None
        self.answer.clicked.connect(self._on_answer)
        self.hide()

    def say(self, sentence: str, kind: str = "warning") -> None:
        """Show a sentence, above those still open. kind: "warning" or "done"."""
        self._said = [sentence, *(s for s in self._said if s != sentence)][:_LONGEST]
        self._show(kind)
        self.answer.hide()

    def ask(self, question: str, button: str, agreed: Callable[[], None]) -> None:
        """Show a question; the button calls `agreed`, the cross does not."""
        self._said = [question]
        self._agreed = agreed
        self.answer.setText(button)
        self._show("warning")
        self.answer.show()
        self.answer.setFocus()

    def clear(self) -> None:
        """Say nothing."""
        self._said, self._agreed = [], None
        self.hide()

    def _show(self, kind: str) -> None:
        self.label.setText("\n".join(self._said))
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()

    def _on_answer(self) -> None:
        agreed = self._agreed
        self.clear()
        if agreed is not None:
            agreed()
