# make run    the main job on the sample scan: T1 -> T2, then the window (or files in ./out without a display)
# make test   the test suite
# Both do all the set-up on a fresh Debian machine; once that is done they start at once.
# make bundle the application as one folder; make wheel the package for pip; make pictures those of the guide
# make coverage  make test, and the pure files held at 100 %
# make check  the gate before tests: format, lint, types, import contracts

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
SAMPLE := assets/samples/icbm152_T1w.nii.gz
# Two workers suit two cores; make test JOBS=8 where there are more. A file's tests stay together.
JOBS := 2
PYTEST := python -m pytest --numprocesses=$(JOBS) --dist=loadfile
RESULT := out/icbm152_T1w_desc-synth_T2w

# Qt and VTK load the first two lines everywhere; the others serve a real or virtual X display.
SYSTEM := libgl1 libegl1 libglib2.0-0 libxkbcommon0 libfontconfig1 libdbus-1-3 \
	libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 \
	libxkbcommon-x11-0 libxcursor1 xvfb xauth

.PHONY: run test coverage check format setup system clean wheel bundle pictures

run: setup
	@$(BIN)/respin synthesize $(SAMPLE) --to t2 --out out
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		$(BIN)/respin $(SAMPLE) $(RESULT).nii.gz; \
	else \
		$(BIN)/respin render $(SAMPLE) $(RESULT).nii.gz --layout compare --out $(RESULT).png >/dev/null && \
		echo "No display here, so no window. The result, how it was made, and both scans side by side:" && \
		printf '  %s\n' $(RESULT).nii.gz $(RESULT).json $(RESULT).png; \
	fi

test: setup
	@$(BIN)/$(PYTEST) $(ARGS)

# One run for both: the list of the pure files is in pyproject.toml.
coverage: setup
	@$(BIN)/$(PYTEST) --cov --cov-report=term-missing $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/pyright -p pyright-strict.json
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt | system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Respin needs Python 3.11 or newer: make PYTHON=python3.11" >&2; exit 2; }
	@echo "Setting up .venv with the pinned packages (minutes the first time) ..."
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Where dpkg is not (another Linux, a Mac), the libraries are the reader's own business: `respin doctor` tells.
system:
	@command -v dpkg-query >/dev/null || exit 0; \
	wanted="$(SYSTEM)"; \
	command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || wanted="$$wanted python3-venv"; \
	missing=""; \
	for name in $$wanted; do \
		dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$name"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ]; then \
		echo "Installing system libraries:$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
		echo "Some system libraries are missing. Type this line, then try again:" >&2; \
		echo "  sudo apt-get install -y --no-install-recommends$$missing" >&2; exit 2; \
	fi

# The application as one folder that needs no Python, in dist/respin; about ten minutes.
bundle: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pyinstaller
	$(BIN)/pyinstaller --noconfirm --log-level WARN --workpath build/bundle build.spec
	@du -sh dist/respin

# The package for pip, in dist.
wheel: setup
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@ls -s --block-size=M dist/*.whl

# The pictures of the guide, drawn by the program itself.
pictures: setup
	@$(BIN)/python docs/pictures.py

clean:
	rm -rf .venv out build dist
