# Everything that is done to this project, from a machine that has make and Python 3.11 or newer.
#
#   make demo         the whole story in a temporary directory (needs only the run-time packages)
#   make test         every test, with branch coverage
#   make conformance  the evaluators against the real servers and simulators, at full length
#   make lint         style and types
#   make bench        ratios against the vendors' own programs
#   make bench-access the evaluators' time, growth and memory beside their peers
#   make package      sdist and wheel in dist/
#   make lock         compile the hashed locks anew from their sources
#   make clean        remove whatever these made
#
# The stamps in .venv say which lock stands in it, so nothing is installed twice.

PYTHON ?=
VENV := .venv
PY := $(VENV)/bin/python
HASHED := --quiet --require-hashes
TESTS ?=

# Installing without bytecode would double the start-up of every command.
unexport PYTHONDONTWRITEBYTECODE
# A module path or a foreign virtual environment of the caller's must not reach ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help demo test conformance lint bench bench-access package lock clean

help:
	@sed -n 's/^#   make/  make/p' Makefile

demo: $(VENV)/run.stamp
	@$(VENV)/bin/scale-secrets demo

test: $(VENV)/dev.stamp
	@$(PY) -m pytest --numprocesses=3 --dist=loadscope --cov --cov-report=term:skip-covered $(TESTS)

# Forks a process with threads many times; a child was once seen to hang, so `make test` leaves it out.
FORKS := tests/contracts/fresh/conformance_forks.py

# One process: each of these tests keeps a core busy, and its figures are to be read.
conformance: $(VENV)/dev.stamp
	@SCALE_SECRETS_CONFORMANCE=1 $(PY) -m pytest -m conformance --timeout=0 -rP $(or $(TESTS),tests $(FORKS))

lint: $(VENV)/dev.stamp
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

bench: $(VENV)/dev.stamp
	@$(PY) -m compileall -q scale_secrets
	@$(PY) -m bench
	@$(PY) -m bench.callback
	@$(PY) -m bench.fresh

bench-access: $(VENV)/dev.stamp
	@$(PY) -m compileall -q scale_secrets
	@$(PY) -m bench.access_aws_engine
	@$(PY) -m bench.access_aws
	@$(PY) -m bench.access_vault

package: $(VENV)/dev.stamp
	@rm -rf dist
	@$(PY) -m build --no-isolation --outdir dist . >/dev/null
	@ls -1 dist

lock: $(VENV)/run.stamp
	@for lock in "run pyproject.toml requirements/build.in" "uv requirements/uv.in" \
	  "dev requirements/dev.in"; do \
	    set -- $$lock; name=$$1; shift; \
	    echo "compiling requirements/$$name.txt"; \
	    UV_CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m uv pip compile --quiet --universal \
	      --python-version 3.11 --generate-hashes "$$@" -o requirements/$$name.txt || exit 1; \
	done

clean:
	@rm -rf $(VENV) dist build htmlcov .coverage .coverage.* .hypothesis .pytest_cache \
	  .mypy_cache .ruff_cache node_modules *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A new environment for each change of the installer's lock: cheap, and never half old.
$(VENV)/uv.stamp: requirements/uv.txt
	@python="$$(PYTHON='$(PYTHON)' sh .ci/find-python)" && echo "making $(VENV) with $$python" && \
	  "$$python" -m venv --clear $(VENV)
	@$(PY) -m pip install --disable-pip-version-check $(HASHED) -r requirements/uv.txt \
	  || echo "uv cannot be had here: pip installs instead, which takes longer"
	@touch $@

# $(call install,ARGUMENTS): by uv where it stands, else by pip; both check the same hashes.
define install
if [ -x $(VENV)/bin/uv ]; then \
  $(VENV)/bin/uv pip install --python $(PY) --compile-bytecode $(1); \
else \
  $(PY) -m pip install --disable-pip-version-check $(1); \
fi
endef

$(VENV)/run.stamp: $(VENV)/uv.stamp requirements/run.txt pyproject.toml
	@echo "installing what scale-secrets needs"
	@$(call install,$(HASHED) -r requirements/run.txt)
	@$(call install,--quiet --no-deps --no-build-isolation -e .)
	@$(PY) -m compileall -q scale_secrets
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "installing what its tests need"
	@$(call install,$(HASHED) -r requirements/dev.txt)
	@touch $@
