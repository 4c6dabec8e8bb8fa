# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe an interpreter by what it reports in a child process."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions, versions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.tensorflow import tensorflow_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import import_protobuf
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, refused, run_child
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import owner_of, user_name

_REPORTED = (
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


def ask(executable, timeout, interpreter, probe, environment=None, reserve=RESERVE):
    """Run one child process that describes the interpreter, imports protobuf (probe), or both; return run_child()'s answer.

    timeout: seconds; environment: variables to set, or to remove where the value is None; reserve: MB left to others.
    """
    arguments = dict(interpreter=interpreter, probe=probe)
    # Ansible sends only modules that are imported.
    source = child_source(import_protobuf)
    answer = run_child(executable, source, arguments, timeout, environment, reserve)
    return _lie(executable, answer) or answer


def _lie(executable, answer):
    """Return the answer that counts instead where root was to install as one user to the folder of another one."""
    interpreter = interpreter_of(answer)
    if interpreter is None or os.geteuid() != 0:
        return None
    started, purelib = interpreter_identity(executable)[0], interpreter["purelib"]
    owner = owner_of(purelib)[0]
    if owner == started:
        return None
    return refused(
        "{0} was started as {1}, but its packages are in {2}, which belongs to {3}: name the interpreter of {3} itself "
        "and not what leads to it.".format(executable, user_name(started), purelib, user_name(owner))
    )


def interpreter_of(answer):
    """Return the description of the interpreter in an answer of ask(); None where it gave none."""
    return (answer["result"] or {}).get("interpreter")


def python_facts(executable, answer):
    """Return the facts `python`; a crash that came after its answer is one of protobuf and not reported here."""
    interpreter = interpreter_of(answer)
    facts = dict.fromkeys(_REPORTED)
    facts.update(executable=executable, owner=None, packages=dict.fromkeys(_PACKAGES), tensorflow=None)
    if interpreter is None:
        return dict(facts, status=answer["status"], error=answer["error"])
    facts.update((name, interpreter[name]) for name in _REPORTED)
    found = distributions(interpreter["sys_path"])
    facts.update(owner=user_name(owner_of(interpreter["purelib"])[0]))
    facts.update(packages=versions(found, _PACKAGES), tensorflow=tensorflow_facts(found))
    return dict(facts, status="ok", error=None)
