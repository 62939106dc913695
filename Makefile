# Two commands do everything: `make run` and `make test`. Finished steps are not repeated.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

.PHONY: run test lint check-deploy format lock clean

# PORT and the other variables of README.md may stand in the environment or here: make run PORT=8001
run: .venv/installed
	@$(BIN)/python manage.py serve

# For a part of the suite: make test ARGS="-k gate"
test: .venv/installed-dev
	@$(BIN)/python -m tests $(ARGS)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates -name '*.html' | xargs $(BIN)/djade --check --target-version 5.2
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

# Django's checks for a site on the open net, with the least that PRODUCTION asks for.
check-deploy: .venv/installed
	PRODUCTION=true ALLOWED_HOSTS=plainwell.example SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' | xargs $(BIN)/djade --target-version 5.2

# Needs uv (https://docs.astral.sh/uv/). The order matters: the development tools are pinned beside what is already pinned.
lock:
	uv pip compile --upgrade --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --upgrade --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv var

# Made without pip, which takes a moment: pip comes with the libraries, so that an interrupted start is taken up where it stopped.
.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Plainwell needs Python 3.11 or later; $(PYTHON) was not found. $(ANOTHER)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Plainwell needs Python 3.11 or later; $(PYTHON) is " + sys.version.split()[0] + ". $(ANOTHER)")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Plainwell needs Python with venv and pip; $(PYTHON) lacks them (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv --clear --without-pip .venv
ANOTHER = Name one with: make run PYTHON=python3.12

.venv/installed: requirements.txt .venv/bin/python
	@echo "Installing what Plainwell runs on into .venv ..."
	@$(BIN)/python -m ensurepip >/dev/null
	@$(PIP) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing what its tests need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
