# One environment, built from the lock file in two steps: the demo needs only the first. Every other target builds what
# it needs by itself. What only benchmarks compare with has another, since its pins and ours exclude one another.
PYTHON ?= python3
VENV := .venv
DEMO_STAMP := $(VENV)/.installed-demo
STAMP := $(VENV)/.installed
PEERS := .venv-peers
# Modules are compiled when they are first imported: most never are. Compiled modules are kept, even where the environment
# says otherwise, as many images do: without them a process takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps
COMPILE := uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

.PHONY: help setup peers demo test test-fast check chaos bench lock clean
help:  ## Show what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Build .venv from requirements.lock.

$(DEMO_STAMP): deploy/local/requirements.lock deploy/build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Set-up needs Python 3.11 or later; name it as in: make setup PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Set-up needs Python's module venv; on Debian: apt-get install python3-venv"; exit 2; }
	@echo "Set-up 1/3: making $(VENV) (a few seconds)"
	@$(PYTHON) -m venv $(VENV)
	@echo "Set-up 2/3: installing what Stayline, its local servers and Java need, about 400 MB (half a minute)"
	@$(VENV)/$(PIP_INSTALL) --require-hashes -r deploy/local/requirements.lock -r deploy/build.lock
	@$(VENV)/$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

$(STAMP): $(DEMO_STAMP) requirements.lock
	@echo "Set-up 3/3: installing what tests and checks need (half a minute)"
	@$(VENV)/$(PIP_INSTALL) --require-hashes -r requirements.lock
	@touch $@

peers: $(PEERS)/.installed  ## Build .venv-peers, in which benchmarks run the engines that Stayline is compared with.

$(PEERS)/.installed: bench/engines/requirements.lock
	@echo "Set-up: making $(PEERS) with the engines that Stayline is compared with (half a minute)"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/$(PIP_INSTALL) --require-hashes -r bench/engines/requirements.lock
	@touch $@

demo: $(DEMO_STAMP)  ## Play the real CDNOW purchase log through the whole pipeline.
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

# chDB asks for pandas and pyarrow, lifetimes for autograd and dill, and nothing that the demo runs imports them.
lock:  ## Resolve the dependencies again into the lock files (needs uv and Maven).
	$(COMPILE) pyproject.toml --extra local --extra dev -o requirements.lock
	$(COMPILE) pyproject.toml -c requirements.lock -o deploy/requirements.lock
	$(COMPILE) pyproject.toml -c requirements.lock --extra local -o deploy/local/requirements.lock \
		--no-emit-package autograd --no-emit-package dill --no-emit-package pandas --no-emit-package pyarrow
	echo hatchling | $(COMPILE) - -c requirements.lock --no-annotate -o deploy/build.lock
	$(COMPILE) bench/engines/requirements.in -o bench/engines/requirements.lock
	rm -rf build/jars
	mvn -q -B -f deploy/local/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
		-Dmdep.useRepositoryLayout=true -DoutputDirectory=$(CURDIR)/build/jars
	cd build/jars && find . -name '*.jar' -printf '%P\n' | LC_ALL=C sort | xargs sha256sum \
		> $(CURDIR)/deploy/local/kafka/jars.lock

clean:  ## Remove everything that was built.
	rm -rf $(VENV) $(PEERS) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
