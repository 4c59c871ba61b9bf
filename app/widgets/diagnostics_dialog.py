"""Help > Diagnostics: what works on this machine, and what to do about the rest."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.doctor import Finding

_SIGNS = {"ok": "works", "note": "limited", "bad": "fails"}


class DiagnosticsDialog(QDialog):
    """Fills as the answers come, as many as there are questions; all of them can be copied as text."""

    def __init__(self, questions: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._questions = questions
        self.setWindowTitle("Diagnostics")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.findings: tuple[Finding, ...] = ()
        self.progress = QLabel("Asking …", objectName="quiet", accessibleName="Progress of the diagnostics")
        self._grid = QGridLayout(horizontalSpacing=18, verticalSpacing=6)
        self._grid.setColumnStretch(2, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy as text", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip("For a question to somebody who can help; names of patients are not in it")
        self.copy.setEnabled(False)
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self, spacing=14)
        column.setContentsMargins(22, 18, 22, 14)
        column.addLayout(self._grid)
        column.addStretch(1)
        column.addWidget(self.progress)
        column.addWidget(buttons)
        self.setMinimumSize(640, 420)

    def show_finding(self, finding: Finding) -> None:
        """One more answer."""
        row = len(self.findings)
        self.findings = (*self.findings, finding)
        sign = QLabel(_SIGNS[finding.state], objectName="caution" if not finding.ok else "quiet")
        said = QLabel("\n".join(filter(None, (finding.found, finding.advice))), wordWrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setAccessibleName(finding.name)
        for column, label in enumerate((QLabel(finding.name, objectName="caption"), sign, said)):
            self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        self._conclude()

    def _conclude(self) -> None:
        """How far it is, or what it comes to."""
        if len(self.findings) < self._questions:
            self.progress.setText(f"Asking … {len(self.findings)} of {self._questions}")
            return
        failed = sum(not finding.ok for finding in self.findings)
        self.progress.setText("Everything works here." if not failed else f"{failed} of {len(self.findings)} fail.")
        self.copy.setEnabled(True)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(line for finding in self.findings for line in finding.lines()))
