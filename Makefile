# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The thin outside of noxfile.py. Everything that is made here lies in .nox; HOME stays as it is.

# The newest core that manages Python 3.6 boards runs on 3.10 to 3.12, the tools on 3.11 or newer.
PYTHON ?= $(firstword $(foreach name,python3 python3.12 python3.11,$(shell $(name) -c 'import sys; (3, 11) <= sys.version_info < (3, 13) and print(sys.executable)' 2>/dev/null)))
NOX := .nox/nox/bin/nox
export ARCH RELEASE MIRROR KEYRING IMAGE LIBPROTOBUF_ARCHIVE
export PIP_CACHE_DIR := $(CURDIR)/.nox/cache/pip

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

$(NOX): requirements/nox.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or 3.12 on the PATH: install one (Debian, Ubuntu: apt-get install python3) or call make PYTHON=FILE." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || molecule/shared/apt.sh python3-venv
	HOME="$(CURDIR)/.nox/home" $(PYTHON) -m venv --clear .nox/nox
	HOME="$(CURDIR)/.nox/home" .nox/nox/bin/python -m pip install -qq -r requirements/nox.txt -c requirements/nox-constraints.txt
	@touch $@

.PHONY: setup
setup: $(NOX) ## Create the environment of the tools
	@$(NOX) -s setup

.PHONY: test
test: $(NOX) ## Run every test and gate
	@.nox/nox/bin/python tests/gates/run.py

.PHONY: check
check: $(NOX) ## Run the lint and unit tests that your change needs, in minutes (BASE=REVISION)
	@$(NOX) -s check -- $(BASE)

.PHONY: profile
profile: $(NOX) ## Run every test and gate, and write into CONTRIBUTING.md where the time goes
	@.nox/nox/bin/python tests/gates/profile.py

.PHONY: lint
lint: $(NOX) ## Run the gates that run no test
	@$(NOX) --parallel 2 -s setup extra-checks python ansible docs site sanity package

.PHONY: site
site: $(NOX) ## Build the documentation site, .nox/site/html/index.html
	@$(NOX) -s site

.PHONY: unit
unit: $(NOX) ## Run the unit tests
	@$(NOX) -s unit

.PHONY: interpreters
interpreters: $(NOX) ## Run the modules under every Python here
	@$(NOX) -s interpreters

.PHONY: tensorflow
tensorflow: $(NOX) ## Compare repacked graphs with TensorFlow 1.12 and a current one
	@$(NOX) -s tensorflow

.PHONY: fuzz
fuzz: $(NOX) ## Let boards, tools and files say anything, 20000 times for each test (slow; JETFLEET_FUZZ=100000)
	@$(NOX) -s fuzz

.PHONY: boards
boards: $(NOX) ## Test boards of this machine's architecture with bad input and repairs
	@$(NOX) -s boards

.PHONY: fleet
fleet: $(NOX) ## Test a fleet of boards with waves, kills, rollbacks and bad links
	@$(NOX) -s fleet

.PHONY: jetpack
jetpack: $(NOX) ## Test a board with the tools of JetPack 4, from provision to removal
	@$(NOX) -s jetpack

.PHONY: kills
kills: $(NOX) ## Kill controllers, transactions and boards a hundred times each (slow)
	@$(NOX) -s kills

.PHONY: power
power: $(NOX) ## Cut the power of virtual boards at any moment (slow)
	@$(NOX) -s power

.PHONY: molecule
molecule: $(NOX) ## Provision ARM boards with molecule (ARCH=amd64, RELEASE=bionic, ...: as make demo)
	@$(NOX) -s molecule

.PHONY: format
format: $(NOX) ## Format the Python files
	@$(NOX) -s format

.PHONY: build
build: $(NOX) ## Build the collection's tarball
	@$(NOX) -s build

.PHONY: release
release: $(NOX) ## Make a release of the checkout, with tag and tarball, and publish nothing (VERSION=1.2.3)
	@$(NOX) -s release -- $(VERSION)

.PHONY: demo
demo: ## Create three container boards, provision them and show the difference (ARCH=arm64, RELEASE=bionic, MIRROR=URL, KEYRING=FILE, IMAGE=NAME, LIBPROTOBUF_ARCHIVE=FILE)
	@molecule/shared/demo.sh up

.PHONY: down
down: ## Remove the demo's boards, keep images and artefacts
	@molecule/shared/demo.sh down

.PHONY: clean
clean: ## Remove everything that was made here
	@molecule/shared/demo.sh clean
	@rm -rf .nox .ansible jetfleet-protobuf-*.tar.gz
