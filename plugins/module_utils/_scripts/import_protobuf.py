# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-alone script for _child.run_child: imports protobuf under the board's interpreter.

Arguments: survey (bool: also tell about the interpreter), probe (bool: import protobuf).
It prints what it knows before every step that can crash or hang.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import platform
import re
import site
import sys
import sysconfig
import traceback


def emit(report):
    sys.stdout.write("\nJETFLEET-RESULT " + json.dumps(report) + "\n")
    sys.stdout.flush()


def interpreter():
    base_prefix = getattr(sys, "real_prefix", getattr(sys, "base_prefix", sys.prefix))
    virtualenv = base_prefix != sys.prefix
    paths = sysconfig.get_paths()
    return {
        "version": ".".join(str(part) for part in sys.version_info[:3]),
        "soabi": sysconfig.get_config_var("SOABI") or None,
        "implementation": platform.python_implementation(),
        "prefix": sys.prefix,
        "base_prefix": base_prefix,
        "virtualenv": virtualenv,
        "externally_managed": not virtualenv and os.path.exists(os.path.join(paths["stdlib"], "EXTERNALLY-MANAGED")),
        "headers": headers(paths),
        "purelib": modules_directory(virtualenv, paths),
        "user_site": user_site(),
        "sys_path": [os.path.abspath(entry) for entry in sys.path],
    }


def headers(paths):
    directories = (paths["include"], paths["platinclude"], sysconfig.get_config_var("INCLUDEPY"))
    return any(os.path.exists(os.path.join(directory, "Python.h")) for directory in directories if directory)


def modules_directory(virtualenv, paths):
    # Debian's pip writes to /usr/local/lib/pythonX.Y/dist-packages; before Python 3.10 only site knows.
    packages = getattr(site, "getsitepackages", list)()
    if not virtualenv and packages and packages[0].endswith("dist-packages"):
        return packages[0]
    return paths["purelib"]


def user_site():
    # The site of old virtualenvs does not have this function.
    return getattr(site, "getusersitepackages", lambda: None)()


def reason():
    # A SyntaxError shows its source before it, indented; notes come after it.
    lines = traceback.format_exception_only(*sys.exc_info()[:2])
    return " ".join(next(line for line in lines if not line.startswith(" ")).split())


def probe(report):
    """Import protobuf and use it; every step is told before the next one can end us."""
    facts = report["probe"] = {"step": "google.protobuf", "error": None}
    emit(report)
    try:
        import google.protobuf

        source = google.protobuf.__file__
        facts["file"] = source[:-1] if source and source.endswith(".pyc") else source
        facts["version"] = getattr(google.protobuf, "__version__", None)
        facts["step"] = "api_implementation"
        emit(report)
        from google.protobuf.internal import api_implementation

        facts["claimed_backend"] = api_implementation.Type()
        facts["step"] = "descriptor_pb2"
        emit(report)
        from google.protobuf import descriptor_pb2

        use(descriptor_pb2.FileDescriptorProto)
        facts["message_class"], facts["backend"] = backend(descriptor_pb2.FileDescriptorProto)
        facts["step"] = "done"
    # SystemExit and KeyboardInterrupt out of an import are as fatal to its user as an ImportError.
    except BaseException:
        facts["error"] = reason()
    facts["mapped"] = mapped()
    emit(report)


def use(message_class):
    message = message_class()
    message.name = "jetfleet.proto"
    message.message_type.add().name = "Message"
    if message_class.FromString(message.SerializeToString()) != message:
        raise ValueError("a message is not equal to itself after serializing and parsing")


def backend(message_class):
    """Who really parses: the class of a message shows it, and no environment variable can make it lie."""
    metaclass = type(message_class)
    name = metaclass.__module__ + "." + metaclass.__name__
    evidence = [name] + [base.__module__ + "." + base.__name__ for base in message_class.__mro__]
    # Before 3.0 one metaclass served both backends; where the methods come from still differs.
    evidence.append(str(getattr(message_class.SerializeToString, "__module__", None)))
    for kind, pattern in (("upb", r"\b_upb\b"), ("cpp", r"\bpyext\b"), ("python", r"\bpython_message\b")):
        if any(re.search(pattern, text) for text in evidence):
            return name, kind
    return name, None


def mapped():
    try:
        with open("/proc/self/maps", "rb") as stream:
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except EnvironmentError:
        return []
    paths = [line.split(None, 5)[5] for line in lines if len(line.split(None, 5)) == 6]
    return sorted(set(path for path in paths if re.search(r"/libprotobuf(-lite)?\.so[^/]*$", path)))


def main():
    arguments = json.loads(sys.argv[1])
    # The empty entry means the current directory, which is of no interest to a service.
    sys.path[:] = [entry for entry in sys.path if entry]
    report = {}
    if arguments["survey"]:
        report["interpreter"] = interpreter()
    emit(report)
    if arguments["probe"]:
        probe(report)


if __name__ == "__main__":
    main()
