# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather the wanted subsets of the facts."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.board import board_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.development import development_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.environment import environment_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.graphs import graphs_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.installation import installation_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.libraries import libraries_facts, protoc_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_time import load_time_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv import opencv_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.protobuf_module import module_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.tools import tools_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import ask, python_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PATTERNS, owners, packages
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.loader import Loader

DEFAULT_SUBSETS = (
    "board",
    "python",
    "module",
    "libraries",
    "protoc",
    "packages",
    "installation",
    "development",
    "tools",
)
SUBSETS = DEFAULT_SUBSETS + ("opencv", "load_time", "graphs")


def wanted_subsets(entries):
    """Return the set of subsets that the entries of gather_subset select."""
    without = set(entry[1:] for entry in entries if entry.startswith("!"))
    wanted = set(entry for entry in entries if not entry.startswith("!"))
    if "all" in wanted or not wanted:
        wanted = set(SUBSETS)
    return wanted - without


def gather(options):
    """Return the facts `jetfleet` for the options of the module."""
    wanted = wanted_subsets(options["gather_subset"])
    executable, timeout = options["executable"], options["timeout"]
    loader = Loader()
    facts = {}
    if "board" in wanted:
        facts["board"] = board_facts()
    if wanted & set(("python", "module", "tools")):
        answer = ask(executable, timeout, interpreter=True, probe="module" in wanted)
    if "python" in wanted:
        facts["environment"] = environment_facts()
        facts["python"] = python_facts(executable, answer)
    if "module" in wanted:
        facts["module"] = module_facts(executable, timeout, answer, loader, owners)
    if "libraries" in wanted:
        facts["libraries"] = libraries_facts(loader, owners)
    if "protoc" in wanted:
        facts["protoc"] = protoc_facts(owners, timeout)
    if wanted & set(("packages", "installation")):
        found = packages(PATTERNS)
    if "packages" in wanted:
        facts["packages"] = found
    if "installation" in wanted:
        facts["installation"] = installation_facts(found, owners)
    if "development" in wanted:
        facts["development"] = development_facts()
    if "tools" in wanted:
        facts["tools"] = tools_facts(executable, timeout, answer, owners)
    if "opencv" in wanted:
        facts["opencv"] = opencv_facts(executable, timeout, loader, owners)
    if "load_time" in wanted:
        facts["load_time"] = load_time_facts(executable, timeout, _load_time_options(options))
    if "graphs" in wanted:
        facts["graphs"] = graphs_facts(executable, timeout, options["graphs"])
    return facts


def _load_time_options(options):
    result = dict((name, options[name]) for name in ("graph", "workload", "values", "runs"))
    return dict(result, budget=options["time_budget"], compare=options["compare_backends"])
