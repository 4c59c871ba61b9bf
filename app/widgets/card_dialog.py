"""What the model was trained on and what it cannot do: first what concerns the chosen source, then the whole card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.render.palette import EDGE, QUIET, TEXT
from app.state.card import numbers, section, worded
from app.state.study import Entry
from engine.synthesis import CAUTION

if TYPE_CHECKING:
    from engine.bundle import Bundle

_READING = """How to read the numbers: PSNR (dB, higher is nearer) / NMSE (lower is nearer) / SSIM (1 is equal), inside
the brain, on scans that the model never saw. *copy* is doing nothing; *map* is a curve from source to target
intensities. They are means over few subjects: of your scan they say nothing."""

_INDENT = 22
_TABLE_PERCENT = 98
"""Of the text's width: its border lies outside, and with all of the width the card would scroll to the side."""


class CardView(QTextBrowser):
    """A model card, dressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Model card")
        self.setOpenExternalLinks(False)
        self.document().setDocumentMargin(16)
        self.document().setIndentWidth(_INDENT)

    def tell(self, text: str) -> None:
        """Show this Markdown from its beginning."""
        self.setMarkdown(text)
        _dress(self)


class CardDialog(QDialog):
    """Shows the model card. entry: what would be synthesized from; None for no scan."""

    def __init__(self, bundle: Bundle | None, entry: Entry | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("The model")
        self.text = CardView()
        self.text.tell(said(bundle, entry))
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(close)
        self.resize(760, 680)


def said(bundle: Bundle | None, entry: Entry | None) -> str:
    """The dialog's text (Markdown)."""
    if bundle is None:
        return "No model is installed: scans can be viewed, not synthesized."
    card = bundle.card
    return "\n\n".join(part for part in (_chosen(bundle, entry, card), _limits(card), "---", worded(card)) if part)


def _chosen(bundle: Bundle, entry: Entry | None, card: str) -> str:
    """The card's numbers for exactly what the buttons of the panel offer."""
    source = entry.scan.modality if entry is not None else None
    if source is None:
        return ""
    targets = bundle.targets(source)
    found = [rows[0] for target in targets if (rows := numbers(card, source, target))]
    if not found:
        return f"# From {source.label}\n\nThe card holds no numbers for this contrast."
    columns = [name for name, _ in found[0].values]
    lines = [f"| {' | '.join(['direction', *columns])} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {' | '.join([row.direction, *(value for _, value in row.values)])} |" for row in found]
    cautions = "\n\n".join(f"**{said}**" for target, said in CAUTION.items() if target in targets)
    return "\n\n".join([f"# From {source.label}: {found[0].where}", "\n".join(lines), _READING, cautions])


def _limits(card: str) -> str:
    text = section(card, "Limits")
    return f"# What it cannot do\n\n{text}" if text else ""


def _dress(text: QTextBrowser) -> None:
    """Markdown has no measures: give tables air and lines, headings a size, lists their dots."""
    document = text.document()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame)
    block = document.begin()
    while block.isValid():
        if items := block.textList():
            items.setFormat(_dotted(items.format()))
        level = block.blockFormat().headingLevel()
        if level:
            cursor = QTextCursor(block)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            size = QTextCharFormat()
            size.setProperty(QTextCharFormat.Property.FontSizeAdjustment, 0)
            size.setProperty(QTextCharFormat.Property.FontPixelSize, 17 if level == 1 else 14)
            size.setForeground(TEXT)
            cursor.mergeCharFormat(size)
            air = block.blockFormat()
            air.setTopMargin(14)
            air.setBottomMargin(4)
            QTextCursor(block).setBlockFormat(air)
        block = block.next()


def _dotted(shape: QTextListFormat) -> QTextListFormat:
    if shape.style() is QTextListFormat.Style.ListCircle:
        shape.setStyle(QTextListFormat.Style.ListDisc)
    return shape


def _dress_table(table: QTextTable) -> None:
    shape = QTextTableFormat(table.format())
    shape.setCellPadding(5)
    shape.setCellSpacing(0)
    shape.setBorder(1)
    shape.setBorderCollapse(True)
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setBorderBrush(EDGE)
    shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, _TABLE_PERCENT))
    table.setFormat(shape)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        head = cell.format()
        head.setBackground(QColor("#1d262b"))
        head.setForeground(QUIET)
        cell.setFormat(head)
