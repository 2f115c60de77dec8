.PHONY: check fast format requirements test web

check: fast web ## everything that must hold before a commit lands
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

# Types, imports and unit tests of the browser's modules. The tools are in package.json.
WEB_TESTS = $(shell find tests/unit/dashboard/web -name '*.test.js')

ifneq ($(and $(shell command -v node),$(wildcard node_modules/typescript)),)
web: ## the browser's modules
	node_modules/.bin/tsc
	node_modules/.bin/eslint dashboard/web tests/unit/dashboard/web
	node --test $(WEB_TESTS)
else
web:
	@echo "web: not checked. Install Node (18.18 or later), then run:"
	@echo "    npm install --no-package-lock --ignore-scripts --no-audit --no-fund"
endif

test:
	uv run pytest
