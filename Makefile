.PHONY: check fast format test

check: fast ## everything that must hold before a commit lands
	uv run pytest

fast: ## the half that takes seconds; pre-commit runs it
	uv run ruff format --check .
	uv run ruff check .
	uv run mypy
	uv run lint-imports

format:
	uv run ruff format .
	uv run ruff check --fix .

test:
	uv run pytest
