# Shortcuts for the commands in CONTRIBUTING.md.
.PHONY: run quick test all lint

run:
	streamlit run streamlit_app.py

quick:
	pytest -m "not slow"

test:
	pytest

all:
	pytest --all

lint:
	ruff check .
	ruff format --check .
	for platform in linux win32 darwin; do mypy --platform $$platform || exit 1; done
