# One environment, built from the lock file; every other target builds it first by itself. What only benchmarks compare
# with has another, since its pins and ours exclude one another.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
PEERS := .venv-peers

.PHONY: help setup peers demo test test-fast check chaos bench lock clean
help:  ## Show what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Build .venv from requirements.lock.

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

peers: $(PEERS)/.installed  ## Build .venv-peers, in which benchmarks run the engines that Stayline is compared with.

$(PEERS)/.installed: bench/engines/requirements.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --require-hashes --no-deps -r bench/engines/requirements.lock
	@touch $@

demo: setup  ## Play the real CDNOW purchase log through the whole pipeline.
	$(VENV)/bin/stayline demo $(ARGS)

test: setup  ## Run every test, against a real Kafka broker and a real ClickHouse engine.
	$(VENV)/bin/python -m pytest -n 4 $(ARGS)

test-fast: setup  ## Run the tests that need no server and start no process, in about a minute.
	$(VENV)/bin/python -m pytest -n 2 -m "not servers" $(ARGS)

check: setup  ## Lint, types and import contracts.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

chaos: setup  ## Kill, pause and starve everything at random, and show that nothing is lost or counted twice.
	$(VENV)/bin/python -m bench.chaos $(ARGS)

bench: setup peers  ## Measure Stayline, and other engines on the same work.
	$(VENV)/bin/python -m bench $(or $(ARGS),all)

lock:  ## Resolve the dependencies anew into requirements.lock (needs uv).
	uv pip compile pyproject.toml --extra local --extra dev --python-version 3.11 --generate-hashes --no-emit-index-url -o requirements.lock
	uv pip compile pyproject.toml -c requirements.lock --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o deploy/requirements.lock
	echo hatchling | uv pip compile - -c requirements.lock --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" -o deploy/build.lock
	uv pip compile bench/engines/requirements.in --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o bench/engines/requirements.lock

clean:  ## Remove everything that was built.
	rm -rf $(VENV) $(PEERS) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
