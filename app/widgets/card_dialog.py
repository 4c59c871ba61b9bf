"""What the model was trained on and what it cannot do: its card, as it was written."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget


class CardDialog(QDialog):
    """Shows Markdown."""

    def __init__(self, card: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("The model")
        text = QTextBrowser(accessibleName="Model card", openExternalLinks=False)
        text.setMarkdown(card)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(close)
        self.resize(680, 620)
