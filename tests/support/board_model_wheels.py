# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small wheels of protobuf that pip installs, the health check accepts, and no import accepts in part."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.pypi_wheels import find_wheel
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import MACHINE, MODULE, binary

# Releases for Python 3.9 whose wheels the plan takes from PyPI, the oldest first.
VERSIONS = ("3.18.3", "3.19.6", "3.20.3")
SOABI = f"cpython-39-{MACHINE}-linux-gnu"

# Like setuptools' own, which a wheel with namespace_packages has.
NSPKG = (
    "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google',));"
    "importlib = __import__('importlib.util');__import__('importlib.machinery');"
    "m = sys.modules.setdefault('google', importlib.util.module_from_spec("
    "importlib.machinery.PathFinder.find_spec('google', [os.path.dirname(p)])));"
    "mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)\n"
)
_DESCRIPTOR_PB2 = """\
from google.protobuf import STAMP as FIRST, message
from google.protobuf.internal import api_implementation, decoder
from google.protobuf.pyext import cpp_message
from google.protobuf import only_in_{under} as only
STAMP = "{version}"
found = {{FIRST, STAMP, message.STAMP, api_implementation.STAMP, decoder.STAMP, cpp_message.STAMP, only.STAMP}}
if found != {{STAMP}}:
    raise ImportError("files of " + " and ".join(sorted(found)) + " together")
FileDescriptorProto = cpp_message.FileDescriptorProto
"""
_CPP_MESSAGE = """\
STAMP = "{version}"
class Types(list):
    def add(self):
        self.append(FileDescriptorProto())
        return self[-1]
class FileDescriptorProto(object):
    def __init__(self):
        self.name, self.message_type = "", Types()
    def SerializeToString(self):
        return repr((self.name, [one.name for one in self.message_type])).encode()
    @classmethod
    def FromString(cls, content):
        made = cls()
        made.name, names = eval(content.decode())
        for name in names:
            made.message_type.add().name = name
        return made
    def __eq__(self, other):
        return self.SerializeToString() == other.SerializeToString()
    def __ne__(self, other):
        return not self == other
"""


def small_files(version: str) -> dict[str, str]:
    """Return the Python files of a release, each of which says which release it is of."""
    under = version.replace(".", "_")
    stamp = f'STAMP = "{version}"\n'
    files = dict.fromkeys(("message", "internal/api_implementation", "internal/decoder", f"only_in_{under}"), stamp)
    files |= {"__init__": f"{stamp}__version__ = '{version}'\n", "internal/__init__": "", "pyext/__init__": ""}
    files["internal/api_implementation"] += "def Type():\n    return 'cpp'\n"
    files["pyext/cpp_message"] = _CPP_MESSAGE.format(version=version)
    files["descriptor_pb2"] = _DESCRIPTOR_PB2.format(version=version, under=under)
    return {f"google/protobuf/{name}.py": text for name, text in files.items()}


def small_wheel(folder: Path, version: str, *, fault: str | None = None, extras: bool = False) -> Path:
    """Write a wheel, with extras: what auditwheel and scripts add.

    fault: module for one whose import fails, pip for one that pip refuses to install.
    """
    pinned = find_wheel(version, SOABI, "2.99", "99.0")
    assert pinned is not None
    files = {name: text.encode() for name, text in small_files(version).items()}
    files[f"{MODULE}.{SOABI}.so"] = binary(version.encode())
    # As with the real ones, the newest is one without a namespace file.
    if version != VERSIONS[-1]:
        files[f"protobuf-{version}-py3.9-nspkg.pth"] = NSPKG.encode()
    if fault == "module":
        files["google/protobuf/descriptor_pb2.py"] = b"raise ImportError('this build is broken')\n"
    if extras:
        files[f"protobuf.libs/libz-{version}.so.1"] = f"libz of {version}".encode()
        files[f"protobuf-{version}.data/scripts/protobuf-tool"] = f"#!python\nprint('{version}')\n".encode()
        files["protobuf_extras/__init__.py"] = f"STAMP = '{version}'\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    return _write_wheel(folder / pinned.name, version, files, "9.0" if fault == "pip" else "1.0")


def _write_wheel(path: Path, version: str, files: dict[str, bytes], wheel_version: str) -> Path:
    """Write a wheel with metadata and a complete list of its files."""
    info = f"protobuf-{version}.dist-info"
    tag = path.stem.split("-", 2)[2]
    tags = "".join(f"Tag: {tag.rpartition('-')[0]}-{one}\n" for one in tag.rpartition("-")[2].split("."))
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: protobuf\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: {wheel_version}\nRoot-Is-Purelib: false\n{tags}".encode(),
    }
    lines = [f"{file},{_digest(content)},{len(content)}\n" for file, content in files.items()]
    files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"]).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
