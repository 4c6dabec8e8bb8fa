# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather the wanted subsets of the facts."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.board import board_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.capacity import Capacity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.cost import Cost
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.development import development_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.environment import environment_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.fingerprint import Surroundings
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.installation import installation_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.libraries import libraries_facts, protoc_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proofs import Proofs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.protobuf_module import module_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.old_processes import processes_facts
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
    "processes",
)
# What takes seconds to prove, and is not proven again where nothing has changed.
_PROVEN = ("opencv", "load_time", "graphs")
SUBSETS = DEFAULT_SUBSETS + _PROVEN


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
    executable, timeout, reserve = options["executable"], options["timeout"], options["memory_reserve"]
    capacity = Capacity(reserve, options["max_load"], options["max_temperature"])
    loader = Loader()
    cost = Cost()
    facts = {"cost": cost.facts}
    if "board" in wanted:
        with cost.of("board"):
            facts["board"] = board_facts()
    asked = [name for name in ("python", "module", "tools") + _PROVEN if name in wanted]
    if asked:
        # The same process answers for all of them, and counts for the first one that is wanted.
        with cost.of(asked[0]):
            probe = bool(wanted & set(("module",) + _PROVEN))
            answer = ask(executable, timeout, interpreter=True, probe=probe, reserve=reserve)
    if "python" in wanted:
        with cost.of("python"):
            facts["environment"] = environment_facts()
            facts["python"] = python_facts(executable, answer)
    if "module" in wanted:
        with cost.of("module"):
            facts["module"] = module_facts(executable, timeout, answer, loader, owners, reserve)
    if "libraries" in wanted:
        with cost.of("libraries"):
            facts["libraries"] = libraries_facts(loader, owners)
    if "protoc" in wanted:
        with cost.of("protoc"):
            facts["protoc"] = protoc_facts(owners, timeout, reserve)
    if wanted & set(("packages", "installation")):
        with cost.of("packages" if "packages" in wanted else "installation"):
            found = packages(PATTERNS)
    if "packages" in wanted:
        facts["packages"] = found
    if "installation" in wanted:
        with cost.of("installation"):
            facts["installation"] = installation_facts(found, owners)
    if "development" in wanted:
        with cost.of("development"):
            facts["development"] = development_facts()
    if "tools" in wanted:
        with cost.of("tools"):
            facts["tools"] = _tools(executable, timeout, answer, owners, reserve)
    if "processes" in wanted:
        with cost.of("processes"):
            facts["processes"] = processes_facts(Layout().read_state())
    if wanted & set(_PROVEN):
        proofs = Proofs(options.get("earlier_facts"), Surroundings(executable, answer))
        facts["proofs"] = proofs.facts
    if "opencv" in wanted:
        with cost.of("opencv"):
            facts["opencv"] = proofs.proven("opencv", lambda: _opencv(executable, timeout, loader, owners, capacity))
    if "load_time" in wanted:
        measured = _load_time_options(options)
        with cost.of("load_time"):
            facts["load_time"] = proofs.proven(
                "load_time",
                lambda: _load_time(executable, timeout, measured, capacity),
                measured.items(),
                [measured["graph"]] if measured["graph"] else [],
            )
    if "graphs" in wanted:
        with cost.of("graphs"):
            facts["graphs"], facts["calibration"] = _graphs(
                options["graphs"],
                lambda: proofs.proven("calibration", lambda: _calibrate(executable, timeout, capacity)),
            )
    return facts


def _load_time_options(options):
    result = dict((name, options[name]) for name in ("graph", "workload", "values", "runs"))
    return dict(result, budget=options["time_budget"], compare=options["compare_backends"])


# A board compiles whatever a look imports, every time. So these import only what is done.


def _tools(*arguments):
    from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.tools import tools_facts

    return tools_facts(*arguments)


def _opencv(*arguments):
    from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv import opencv_facts

    return opencv_facts(*arguments)


def _load_time(*arguments):
    from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_time import load_time_facts

    return load_time_facts(*arguments)


def _graphs(paths, calibration):
    if not paths:
        return [], None
    from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.graphs import graphs_facts

    return graphs_facts(paths, calibration)


def _calibrate(*arguments):
    from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_prediction import calibrate

    return calibrate(*arguments)
