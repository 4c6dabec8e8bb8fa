# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The board's interpreter, as its own child process tells it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import (
    distributions,
    versions,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.tensorflow import tensorflow_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import import_protobuf
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child

_TOLD = (
    "version",
    "soabi",
    "implementation",
    "prefix",
    "base_prefix",
    "virtualenv",
    "externally_managed",
    "headers",
    "purelib",
)
_PACKAGES = ("pip", "setuptools", "wheel", "six")


def ask(executable, timeout, survey, probe, environment=None):
    """One child process: about the interpreter (survey), about protobuf (probe), or both."""
    arguments = dict(survey=survey, probe=probe)
    # Ansible sends only what is imported, so the script is imported for its name.
    source = child_source(import_protobuf)
    return run_child(executable, source, arguments, timeout, environment)


def told_interpreter(answer):
    return (answer["result"] or {}).get("interpreter")


def python_facts(executable, answer):
    """Facts of the interpreter; a crash that came after its answer is protobuf's and not told here."""
    interpreter = told_interpreter(answer)
    facts = dict.fromkeys(_TOLD)
    facts.update(executable=executable, packages=dict.fromkeys(_PACKAGES), tensorflow=None)
    if interpreter is None:
        return dict(facts, status=answer["status"], error=answer["error"])
    facts.update((name, interpreter[name]) for name in _TOLD)
    found = distributions(interpreter["sys_path"])
    facts.update(packages=versions(found, _PACKAGES), tensorflow=tensorflow_facts(found))
    return dict(facts, status="ok", error=None)
