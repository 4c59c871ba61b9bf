#!/usr/bin/env bash
# The wheel in an empty virtual environment, away from the checkout: command, assets, models, one synthesis.
#   tests/release/check_wheel.sh [WHEEL] [FOLDER FOR THE ENVIRONMENT]
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
wheel=$(realpath "${1:-$(ls -t "$repository"/dist/respin-*.whl | head -1)}")
room=${2:-$(mktemp -d)}
export XDG_DATA_HOME="$room/home" XDG_CONFIG_HOME="$room/home" XDG_STATE_HOME="$room/home" XDG_CACHE_HOME="$room/home"
unset PYTHONPATH

[ -x "$room/venv/bin/python" ] || python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --disable-pip-version-check -c "$repository/constraints.txt" "$wheel"
mkdir -p "$room/desk"
cd "$room/desk"
respin="$room/venv/bin/respin"

"$respin" --version
"$respin" models list | grep '^compact'
"$respin" models show compact | grep '^## Limits'
"$respin" doctor || [ $? -eq 2 ]
assets=$("$room/venv/bin/python" -c 'from engine.assets import assets; print(assets())')
case $assets in "$room"/venv/*/respin_assets) ;; *) echo "assets are read from $assets" >&2; exit 1 ;; esac
"$respin" synthesize "$assets/samples/icbm152_T1w.nii.gz" --to t2 --mode prior --out made
"$respin" info made/icbm152_T1w_desc-synth_T2w.nii.gz | grep -E '^synthetic +yes'
"$room/venv/bin/python" -c 'from engine import Translator, Volume, open_bundle; open_bundle("compact").verify()'
QT_QPA_PLATFORM=offscreen "$room/venv/bin/python" - <<'PYTHON'
from PySide6.QtWidgets import QApplication
from app.main_window import MainWindow, dress
from engine import open_bundle

program = QApplication([])
dress(program)
window = MainWindow(open_bundle())
window.show()
program.processEvents()
assert window.windowIcon().availableSizes() or not window.windowIcon().isNull()
window.close()
PYTHON
echo "The wheel works: $(du -h "$wheel" | cut -f1) of its own, $(du -sh "$room/venv" | cut -f1) with all that it needs."
