"""The one page that puts a result beside its source: pictures, numbers or their absence, how it was made."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument

from app.pictures import png
from app.state.details import Rows
from engine.metrics import Scores

RESEARCH = "Research use only. Not for diagnosis. A synthetic image shows what is likely, not what is there."
NO_TRUTH = "No ground truth: error unknown."
_DEFINITIONS = (
    "Real scan scaled to 0–1 by its own 0.5 and 99.5 percentiles inside the brain, synthetic scan by 1/1000, both "
    "clipped. PSNR = 10 log10(1/MSE) in dB; NMSE = Σ(y−ŷ)²/Σy²; SSIM in 3-D, Gaussian σ 1.5."
)
_WHERE = {"whole": "Box around the brain", "mask": "Inside the brain"}
_WIDTH = 328
"""Of a picture on the page, in CSS pixels (96 to the inch)."""

_STYLE = """
body { font-family: 'Inter', 'Noto Sans', 'DejaVu Sans', sans-serif; font-size: 9pt; color: #1b2226; }
h1 { font-size: 15pt; margin: 0 0 2px 0; }
h2 { font-size: 10pt; margin: 8px 0 2px 0; color: #1b4a53; }
p { margin: 0 0 4px 0; }
.warning { color: #8a4b00; font-weight: 600; }
.quiet { color: #5a666d; font-size: 8pt; }
td { padding: 1px 8px 1px 0; vertical-align: top; }
li { margin: 0; }
"""
_LIST = "-qt-list-indent: 0; margin-left: 10px; padding-left: 0"
_ON_SCREEN = "<style>body{max-width:44rem;margin:2rem auto;padding:0 1rem;line-height:1.35}img{height:auto}</style>"


@dataclass(frozen=True)
class Picture:
    """One view, badge in its pixels. caption: what it shows, without names of files."""

    image: QImage
    caption: str


@dataclass(frozen=True)
class Page:
    """Everything that the report says.

    pictures: rows of source and result
    scores:   by "whole" and "mask" against the real target; None where there is none
    expected: what the model card says of this direction
    """

    title: str
    made: str
    place: str
    pictures: tuple[tuple[Picture, Picture], ...]
    scores: dict[str, Scores] | None
    scored: str
    cautions: tuple[str, ...]
    expected: tuple[str, ...]
    source: Rows
    result: Rows
    limits: tuple[str, ...]


def html(page: Page) -> str:
    """One file that needs no other: the pictures are inside."""
    head = f"<meta charset='utf-8'><title>{escape(page.title)}</title><style>{_STYLE}</style>{_ON_SCREEN}"
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{_body(page)}</body></html>\n"


def pdf(page: Page) -> bytes:
    """One A4 page, whatever it takes; needs a QGuiApplication."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(page.title)
    writer.setCreator("Respin")
    writer.setResolution(96)
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(15, 12, 15, 12),
                    QPageLayout.Unit.Millimeter)
    )  # fmt: skip
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDocumentMargin(0)
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(_body(page))
    document.setPageSize(QSizeF(writer.width(), -1))
    painter = QPainter(writer)
    fits = min(1.0, writer.height() / document.size().height())
    painter.translate((1 - fits) * writer.width() / 2, 0)
    painter.scale(fits, fits)
    document.drawContents(painter)
    painter.end()
    return bytes(buffer.data().data())


def _body(page: Page) -> str:
    cautions = "".join(f"<p class='warning'>{escape(caution)}</p>" for caution in page.cautions)
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in page.limits)
    return (
        f"<h1>{escape(page.title)}</h1><p class='quiet'>{escape(page.made)}</p>"
        f"<p class='warning'>{RESEARCH}</p>{cautions}"
        f"<table cellspacing='4'>{''.join(_pictures(row) for row in page.pictures)}</table>"
        f"<p class='quiet'>{escape(page.place)}</p>"
        f"<h2>How far from the truth</h2>{_scores(page)}"
        f"<table width='100%'><tr><td width='60%'><h2>The result</h2>{_rows(page.result)}</td>"
        f"<td><h2>The source</h2>{_rows(page.source)}</td></tr></table>"
        + (f"<h2>What the model cannot do</h2><ul class='quiet' style='{_LIST}'>{limits}</ul>" if limits else "")
    )


def _pictures(row: tuple[Picture, Picture]) -> str:
    cells = "".join(
        f"<td><img width='{_WIDTH}' src='data:image/png;base64,{base64.b64encode(png(picture.image)).decode()}' "
        f"alt='{escape(picture.caption, quote=True)}'><br><span class='quiet'>{escape(picture.caption)}</span></td>"
        for picture in row
    )
    return f"<tr>{cells}</tr>"


def _scores(page: Page) -> str:
    expected = "".join(f"<p class='quiet'>{escape(line)}</p>" for line in page.expected)
    if page.scores is None:
        return f"<p><b>{NO_TRUTH}</b> {escape(page.scored)}</p>{expected}"
    rows = "".join(
        f"<tr><td>{_WHERE[where]}</td><td>{_number(s.psnr, 2)} dB</td><td>{s.nmse:.4f}</td><td>{s.ssim:.4f}</td></tr>"
        for where, s in page.scores.items()
    )
    head = "<tr><td></td><td>PSNR</td><td>NMSE</td><td>SSIM</td></tr>"
    return (
        f"<p>{escape(page.scored)}</p><table>{head}{rows}</table><p class='quiet'>{escape(_DEFINITIONS)}</p>{expected}"
    )


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "infinite"


def _rows(rows: Rows) -> str:
    told = "".join(
        f"<tr><td class='quiet'>{escape(name)}</td><td>{escape(value).replace(chr(10), '<br>')}</td></tr>"
        for name, value in rows
    )
    return f"<table>{told}</table>"
