# Two commands do everything: `make run` and `make test`. Finished steps are not repeated.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: run test lint format lock clean

run: .venv/installed
	@PORT=$(PORT) $(BIN)/python manage.py serve

test: .venv/installed-dev
	@$(BIN)/python -m tests

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 5.2
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2

# Needs uv (https://docs.astral.sh/uv/). The order matters: the development tools are pinned beside what is already pinned.
lock:
	uv pip compile --upgrade --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --upgrade --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv var

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Plainwell needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another with: make run PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
