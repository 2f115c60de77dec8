.PHONY: check fast format requirements test

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

requirements: ## after a change of a dependency or of exclude-newer
	uv lock --quiet
	uv export --quiet --frozen --no-default-groups --no-emit-project --no-header \
		--output-file requirements.txt

test:
	uv run pytest
