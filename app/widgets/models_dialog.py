"""Synthesis > Models: the models at the left, the card of the chosen one at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.models import Library
from app.state.models import Model
from app.widgets.banner import Banner
from app.widgets.card_dialog import CardView
from app.widgets.file_dialogs import ask_models
from engine.errors import RespinError

_IMPORT = "A model's manifest.json or zip, or the checkpoints (VQGAN, LDM) of the paper's authors"


class ModelsDialog(QDialog):
    """Chooses, imports and removes through the library."""

    def __init__(self, library: Library, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Models")
        self._library, self._models = library, library.models
        self.rows = QListWidget(objectName="models", accessibleName="Models", toolTip="Every model of this computer")
        self.rows.setFixedWidth(220)
        self._names: list[str] = []
        self.banner, self.card = Banner(), CardView()
        self.heading = QLabel(objectName="heading")
        self.facts = QLabel(objectName="quiet", wordWrap=True)
        self.doing = QLabel(objectName="quiet")
        self.use = QPushButton("Use this model", objectName="target")
        self.add = QPushButton("Import…", toolTip=_IMPORT)
        self.remove = QPushButton("Remove…", toolTip="Delete this model from this computer")
        self.use.setToolTip("Syntheses are made with it from now on, and at every start")
        self._put_together()
        self._connect()
        library.look()
        self.rows.setFocus()

    def _put_together(self) -> None:
        left, right, below = QVBoxLayout(spacing=8), QVBoxLayout(spacing=8), QHBoxLayout(spacing=8)
        left.addWidget(self.rows, 1)
        left.addWidget(self.add)
        for widget in (self.heading, self.facts):
            right.addWidget(widget)
        right.addWidget(self.card, 1)
        close = QPushButton("Close", toolTip="Close this window (Esc)")
        close.clicked.connect(self.reject)
        below.addWidget(self.doing, 1)
        for button in (self.remove, self.use, close):
            below.addWidget(button)
        right.addLayout(below)
        across = QHBoxLayout(spacing=14)
        across.addLayout(left)
        across.addLayout(right, 1)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self.banner)
        column.addLayout(across, 1)
        self.resize(940, 620)

    def _connect(self) -> None:
        self.rows.currentRowChanged.connect(self._show)
        self.use.clicked.connect(lambda: self._library.use(self._named))
        self.add.clicked.connect(lambda: self._library.add(ask_models(self)))
        self.remove.clicked.connect(self._ask)
        self._told, self._library.complain = self._library.complain, self._complain
        events = self._models.events
        followed = ((events.rows, self._list), (events.bundle, self._list), (events.sound, self._show))
        self._followed = (*followed, (events.doing, self._tell))
        for signal, slot in self._followed:
            signal.connect(slot)
        self.finished.connect(self._leave)
        self._tell()

    @property
    def chosen(self) -> Model | None:
        """The row that the card is of."""
        at = self.rows.currentRow()
        return self._models.rows[at] if 0 <= at < len(self._models.rows) else None

    @property
    def _named(self) -> str:
        return self.chosen.name if self.chosen is not None else ""

    def _list(self, *_: object) -> None:
        """The models anew; the row stays, and at first it is the one in use."""
        names = [model.name for model in self._models.rows]
        wanted = self._wanted(names)
        self._names = names
        self.rows.clear()
        for model in self._models.rows:
            mark = "in use" if self._models.in_use(model) else model.origin
            QListWidgetItem(f"{model.name}\n{mark}", self.rows).setToolTip(model.makes)
        self.rows.setCurrentRow(wanted)
        self._show()

    def _wanted(self, names: list[str]) -> int:
        """The row to look at: a model that was added just now, else the one looked at before, else the one in use."""
        new = [name for name in names if self._names and name not in self._names]
        used = [model.name for model in self._models.rows if self._models.in_use(model)]
        at = self.rows.currentRow()
        before = self._names[at : at + 1] if at >= 0 else []
        return next((names.index(name) for name in (*new, *before, *used) if name in names), 0)

    def _show(self, *_: object) -> None:
        """The chosen model."""
        model = self.chosen
        for button in (self.use, self.remove):
            button.setEnabled(model is not None)
        if model is None:
            return
        used = self._models.in_use(model)
        self.heading.setText(model.name)
        hashed = f" · {model.bundle.hash[:12]}" if model.bundle is not None else ""
        self.facts.setText(f"{model.makes}.\n{model.origin} · {self._models.state(model)}{hashed}")
        self.use.setEnabled(model.bundle is not None and not used and self._models.is_sound(model))
        self.use.setText("In use" if used else "Use this model")
        self.remove.setEnabled(model.own)
        self.card.tell(model.card)

    def _ask(self) -> None:
        name = self._named
        question = f"Remove the model {name}? Its files are deleted from this computer."
        self.banner.ask(question, "Remove", lambda: self._library.remove(name), "Keep it")

    def _complain(self, error: Exception) -> None:
        """Refusals are told here, as long as this window is open; faults of ours elsewhere, too."""
        self.banner.warn(str(error) if isinstance(error, RespinError) else "The fault is ours; see the main window.")
        if not isinstance(error, RespinError):
            self._told(error)

    def _leave(self) -> None:
        self._library.complain = self._told
        for signal, slot in self._followed:
            signal.disconnect(slot)

    def _tell(self, *_: object) -> None:
        self.doing.setText(self._models.doing)
        self.add.setEnabled(not self._models.doing)
