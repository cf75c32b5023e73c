# `make help` lists what there is to do.
.POSIX:
.PHONY: help run test check bench lock
.DEFAULT_GOAL := help

help: ## List these commands
	@sed -n 's/^\([a-z]*\): *## \(.*\)/  make \1 # \2/p' Makefile | awk -F ' # ' '{ printf "%-14s%s\n", $$1, $$2 }'

run: ## Install what is missing and run the whole studio (ARGS=--verbose shows all output)
	@sh scripts/install.sh base
	@exec .venv/bin/python manage.py up $(ARGS)

test: ## Install the test tools and run all tests (ARGS="-k name" chooses)
	@sh scripts/install.sh test
	@sh scripts/install-test-tools.sh
	@.venv/bin/python -m pytest $(ARGS)

check: ## Lint, format, types, layers, templates, migrations, deployment settings
	@sh scripts/install.sh test
	@sh scripts/check.sh

bench: ## Measure speed and memory, each figure beside its target
	@sh scripts/install.sh test
	@.venv/bin/python -m bench $(ARGS)

lock: ## Resolve the dependencies of pyproject.toml anew
	@sh scripts/install.sh test
	@sh scripts/lock.sh
