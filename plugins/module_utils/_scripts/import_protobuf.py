# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child script: import protobuf under the board's interpreter.

Run by runner.run_child. Arguments: interpreter (bool: also describe it), probe (bool: import protobuf).
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

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import shared

# Nothing can be created below /dev/null.
NOWHERE = "/dev/null/jetfleet"


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
        "site_packages": site_packages(paths),
        "python_path": python_path(),
        "sys_path": [os.path.abspath(entry) for entry in sys.path if entry != NOWHERE],
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


def site_packages(paths):
    # The site of old virtualenvs does not have this function.
    places = getattr(site, "getsitepackages", list)() + [paths["purelib"], paths["platlib"]]
    return [os.path.abspath(place) for place in places]


def python_path():
    # The empty entry means the current directory.
    value = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    return [os.path.abspath(entry) for entry in value.split(os.pathsep) if entry]


def user_site():
    # The site of old virtualenvs does not have this function either.
    return getattr(site, "getusersitepackages", lambda: None)()


def reason():
    # A SyntaxError shows its source before it, indented; notes come after it.
    lines = traceback.format_exception_only(*sys.exc_info()[:2])
    return " ".join(next(line for line in lines if not line.startswith(" ")).split())


def probe(report):
    """Import protobuf and use it; report every step before it can end this process."""
    facts = report["probe"] = {"step": "google", "error": None}
    shared.report(report)
    try:
        import google

        facts["google_file"] = getattr(google, "__file__", None)
        facts["google_path"] = list(getattr(google, "__path__", []))
        facts["step"] = "google.protobuf"
        shared.report(report)
        import google.protobuf

        source = google.protobuf.__file__
        facts["file"] = source[:-1] if source and source.endswith(".pyc") else source
        facts["version"] = getattr(google.protobuf, "__version__", None)
        facts["step"] = "api_implementation"
        shared.report(report)
        from google.protobuf.internal import api_implementation

        facts["claimed_backend"] = api_implementation.Type()
        facts["step"] = "descriptor_pb2"
        shared.report(report)
        from google.protobuf import descriptor_pb2

        use(descriptor_pb2.FileDescriptorProto)
        metaclass = type(descriptor_pb2.FileDescriptorProto)
        facts["message_class"] = metaclass.__module__ + "." + metaclass.__name__
        facts["backend"] = shared.backend_of(descriptor_pb2.FileDescriptorProto)
        facts["step"] = "done"
    # SystemExit and KeyboardInterrupt out of an import are as fatal to its user as an ImportError.
    except BaseException:
        facts["error"] = reason()
    facts["mapped"] = mapped()
    shared.report(report)


def use(message_class):
    message = message_class()
    message.name = "jetfleet.proto"
    message.message_type.add().name = "Message"
    if message_class.FromString(message.SerializeToString()) != message:
        raise ValueError("a message is not equal to itself after serializing and parsing")


def mapped():
    paths = shared.mapped_files("libprotobuf")
    return [path for path in paths if re.search(r"/libprotobuf(-lite)?\.so[^/]*$", path)]


def main():
    arguments = json.loads(sys.argv[1])
    # The empty entry means the current directory, which is of no interest to a service. An entry stays in its place, as
    # for any program: Python looks for namespace packages again where sys.path is not what it was at its start.
    sys.path[:] = [entry or NOWHERE for entry in sys.path]
    report = {}
    if arguments["interpreter"]:
        report["interpreter"] = interpreter()
    shared.report(report)
    if arguments["probe"]:
        probe(report)


if __name__ == "__main__":
    main()
