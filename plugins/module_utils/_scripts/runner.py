# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Python source in a child process, so that a crash or a hang becomes a fact.

Root runs it as the owner of the interpreter (see _system/identity.py).

A child script is a file beside this one that imports nothing but the standard library and other files of this folder,
whose source child_source embeds. It gets its arguments as JSON in sys.argv[1], and it answers by printing a line that is
MARKER followed by one JSON object. It may print several such lines: the last complete one is the result, so what was
printed before a crash is not lost. It guards its main with __name__ == '__main__'.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import pkgutil
import re
import signal

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.shared import MARKER
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.guest import guest_limits
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import (
    environment_of,
    interpreter_identity,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import user_name
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.scratch import scratch_directory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os, utf8_locale
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import LIMIT, telling_line

_IMPORT = re.compile(r"^from ansible_collections\.\S+\._scripts import (.+)$", re.MULTILINE)
BACKEND_VARIABLES = (
    "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION",
    "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION_VERSION",
)


def child_source(script):
    """Return the source of an imported child script, also out of the zip that Ansible sends.

    The files of this folder that it imports are part of that source.
    """
    name = script.__name__
    source = pkgutil.get_data(name, name.rpartition(".")[2] + ".py").decode("utf-8")
    return _IMPORT.sub(lambda line: "\n".join(_embedded(script, name) for name in line.group(1).split(", ")), source)


def _embedded(script, name):
    """Return the lines that make a module, in place of its import."""
    source = json.dumps(child_source(getattr(script, name)))
    return "{0} = type(sys)('{0}')\nexec({1}, {0}.__dict__)".format(name, source)


def run_child(executable, source, arguments, timeout, environment=None, reserve=RESERVE):
    """Run source under executable from / as a guest of the board and return how it ended; no fault of the child is raised.

    The variables that choose protobuf's backend are removed, unless environment sets them.
    environment: variables to set, or to remove where the value is None; reserve: MB of memory that it leaves to others.
    """
    try:
        identity = interpreter_identity(executable)
    except Refusal as refusal:
        return refused(refusal)
    limits = guest_limits(reserve)
    command = [executable, "-c", source, json.dumps(arguments)]
    with scratch_directory(identity) as scratch:
        ended = run_process(command, timeout, _environment(environment, scratch, identity), identity, guest=limits)
    result = _last_result(ended["stdout"])
    if ended["status"] == "ok" and result is None:
        ended["status"] = "failed"
    return dict(
        status="failed" if ended["status"] == "not_started" else ended["status"],
        exit_code=ended["exit_code"],
        signal=ended["signal"],
        result=result,
        error=_sentence(executable, ended, timeout, identity),
        stderr=ended["stderr"][-LIMIT:],
    )


def no_memory(subject, detail):
    """Return the sentence on what got no memory."""
    return "{0} got no memory ({1}): survey the board while less runs on it, or lower jetfleet_memory_reserve.".format(
        subject, detail
    )


def refused(reason):
    """Return what run_child() returns of an interpreter that is not to be started, or not to be believed."""
    return dict(status="failed", exit_code=None, signal=None, result=None, error=str(reason), stderr="")


def _environment(changes, scratch, identity):
    result = environment_of(identity[0])
    result.update(utf8_locale(result))
    for variable in BACKEND_VARIABLES:
        result.pop(variable, None)
    result["PYTHONDONTWRITEBYTECODE"] = "1"
    # Importing a zipped egg unpacks its extension. That must not happen in the user's cache.
    result["PYTHON_EGG_CACHE"] = scratch
    for name, value in (changes or {}).items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def _last_result(stdout):
    result = None
    for line in stdout.splitlines():
        if not line.startswith(MARKER):
            continue
        try:
            result = to_os(json.loads(line[len(MARKER) :]))
        except ValueError:
            pass  # cut off by a crash: the line before it counts
    return result


def _sentence(executable, ended, timeout, identity):
    """Return one sentence with cause and remedy, None where it succeeded."""
    if ended["status"] == "ok":
        return None
    if ended["status"] == "not_found":
        return "The interpreter {0} does not exist on this host: install it or name another executable.".format(
            executable
        )
    if ended["status"] == "not_started":
        starter = "" if identity[0] == os.getuid() else " by its owner {0}".format(user_name(identity[0]))
        return "The interpreter {0} cannot be started{1} ({2}): repair it or name another executable.".format(
            executable, starter, ended["cause"]
        )
    if ended["status"] == "timed_out":
        return "The process under {0} was killed after {1} s: find what blocks it, or allow more time.".format(
            executable, timeout
        )
    if ended["signal"] == signal.SIGKILL:
        return "The process under {0} was killed from outside: look for a lack of memory in the kernel's log.".format(
            executable
        )
    if ended["status"] == "unproven":
        return no_memory("The process under {0}".format(executable), telling_line(ended["stderr"]))
    if ended["status"] == "crashed":
        return "The process under {0} was ended by {1}: a compiled extension of that interpreter is broken.".format(
            executable, _signal_name(ended["signal"])
        )
    return "The process under {0} ended with exit code {1} ({2}): repair that interpreter.".format(
        executable, ended["exit_code"], telling_line(ended["stderr"], "it gave no reason")
    )


def _signal_name(number):
    for name in dir(signal):
        if name.startswith("SIG") and not name.startswith("SIG_") and getattr(signal, name) == number:
            return name
    return "signal {0}".format(number)
