# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One way to break a board for each rule of drift, and what to do where the remedy is words only."""

from __future__ import annotations

from dataclasses import dataclass

MODULES = "/usr/local/lib/python3.9/dist-packages"
METADATA = f"{MODULES}/protobuf-4.21.12.dist-info"
EGG = "protobuf-4.21.12-py3.9.egg"
EGG_FIRST = f"""\
import sys; sys.__plen = len(sys.path)
./{EGG}
import sys; new = sys.path[sys.__plen:]; del sys.path[sys.__plen:]; sys.path[0:0] = new"""
STATE = "/var/lib/jetfleet/state.json"
# What a user does who does not want the constraint to hold.
PIP = "PIP_CONFIG_FILE=/dev/null pip3 install -q --no-index --no-deps"
TRIPLET = "$(basename $(ls -d /usr/lib/*-linux-gnu | head -n 1))"
# What root's home on every board holds: the wheels of DOWNLOADS by their keys.
DOWNLOADS = {
    # As pip picks it on a Jetson.
    "older": ["protobuf==3.19.6", "--platform=any"],
    # The right version, in pure Python.
    "pure": ["protobuf==4.21.12", "--platform=any"],
    # Another version, with C++ inside.
    "other": ["protobuf==3.20.3", "--python-version=3.9", "--implementation=cp", "--abi=cp39"],
}
# An OpenCV that does not get along with the C++ protobuf, and works without it.
CRASHING_CV2 = """\
import glob, importlib.util, os, sys
if "google.protobuf" in sys.modules:
    os.abort()
spec = importlib.util.spec_from_file_location("cv2", glob.glob("/usr/lib/python3/dist-packages/cv2*.so")[0])
sys.modules["cv2"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["cv2"])
"""
# A profiler that somebody has forgotten.
# It is one line of a file that Python executes when it starts, where names do not outlive the line.
PROFILER = (
    "import sys; sys.setprofile(lambda f, e, a: sum(range(20000000)) if e == 'c_call' and a.__name__ in {} else None)"
)
# Memory that ends where a graph is parsed.
NO_MEMORY = (
    "import sys; sys.setprofile("
    "lambda f, e, a: e == 'c_call' and a.__name__ == 'ParseFromString' and (_ for _ in ()).throw(MemoryError()))"
)
PARSING = "('ParseFromString', 'MergeFromString', 'FromString')"
# A model file on a board, and what writes it: one constant of so many half-precision numbers, each a varint of three bytes.
MODEL = "/opt/model.pb"
_WRITER = r"""
import sys
def varint(number):
    groups = [number >> shift & 127 for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([group | 128 for group in groups[:-1]] + groups[-1:])
def part(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content
path, count = sys.argv[1], int(sys.argv[2])
tensor = b"\x08\x13" + part(2, part(2, b"\x08" + varint(count))) + part(13, b"\x81\xf8\x02" * count)
attribute = part(1, b"value") + part(2, part(8, tensor))
open(path, "wb").write(part(1, part(1, b"weights") + part(2, b"Const") + part(5, attribute)))
"""


def model(values: int, path: str = MODEL) -> str:
    """Return the shell command that writes the model file."""
    return f"python3 -c '{_WRITER}' {path} {values}"


@dataclass(frozen=True)
class Damage:
    """What root does to a board, the one rule that must find it, and what cures it if no command of the remedy does."""

    rule: str
    command: str
    cure: str = ""
    # Only one board of the fleet has OpenCV.
    opencv: bool = False
    # Whether jetfleet_graphs of the board names MODEL.
    graphs: bool = False


DAMAGES = [
    Damage("importable", f"echo 'raise ImportError(0)' > {MODULES}/google/protobuf/message.py"),
    Damage("backend", f"{PIP} --force-reinstall /root/pure/*.whl"),
    Damage("module-version", f"{PIP} --force-reinstall /root/other/*.whl"),
    Damage(
        "pip-metadata",
        f"mkdir {MODULES}/protobuf-2.0.0.egg-info; cp {METADATA}/METADATA {MODULES}/protobuf-2.0.0.egg-info/PKG-INFO; "
        f"sed -i 's/^Version: .*/Version: 2.0.0/' {MODULES}/protobuf-2.0.0.egg-info/PKG-INFO",
    ),
    Damage("module-files", f"echo '# patched' >> {MODULES}/google/protobuf/text_format.py"),
    # As setup.py install leaves it, of which older releases move the egg to the front. Of the same version, as pip shows it.
    Damage(
        "single-copy",
        f"cd {MODULES}; {PIP} --target {EGG} /root/pure/*.whl; mv {EGG}/protobuf-*.dist-info {EGG}/EGG-INFO; "
        f"mv {EGG}/EGG-INFO/METADATA {EGG}/EGG-INFO/PKG-INFO; touch {EGG}/google/__init__.py; "
        f'echo "{EGG_FIRST}" > easy-install.pth',
    ),
    Damage(
        "user-copies",
        "useradd --create-home mallory; chmod 755 /home/mallory; cp /root/older/*.whl /tmp;"
        f"su mallory -c '{PIP} --user /tmp/*.whl'; chmod -R go+rX /home/mallory/.local; rm /tmp/*.whl",
    ),
    Damage("environment", "echo 'export PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python' > /etc/profile.d/protobuf.sh"),
    Damage("library-package", "dpkg --purge jetfleet-libprotobuf"),
    Damage("library-files", "rm /usr/local/lib/libprotobuf.so.32*"),
    Damage("library-soname", "cp /usr/lib/*/libprotobuf.so.23.* /usr/local/lib/libprotobuf.so.23; ldconfig"),
    Damage("linker-cache", "mv /etc/ld.so.conf.d/libc.conf /root/; ldconfig; mv /root/libc.conf /etc/ld.so.conf.d/"),
    Damage(
        "protoc",
        "printf '#!/bin/sh\\necho libprotoc 3.0.0\\n' > /usr/local/sbin/protoc; chmod 755 /usr/local/sbin/protoc",
    ),
    Damage(
        "headers",
        f"d=/usr/local/include/{TRIPLET}/google/protobuf/stubs; mkdir -p $d; echo '#define GOOGLE_PROTOBUF_VERSION 3000000' > $d/common.h",
    ),
    Damage(
        "pkg-config",
        f"d=/usr/local/lib/{TRIPLET}/pkgconfig; mkdir -p $d; printf 'Name: Protocol Buffers\\nVersion: 3.0.0\\n' > $d/protobuf.pc",
    ),
    Damage("distribution-libprotobuf", "apt-get update -qq; dpkg --purge --force-depends libprotobuf23"),
    Damage("file-modes", "chmod 666 /usr/local/lib/libprotobuf.so.32.0.12"),
    Damage("handmade-files", "touch /usr/local/lib/libprotoc.so.99"),
    Damage(
        "opencv",
        f"echo '{CRASHING_CV2}' > {MODULES}/cv2.py",
        cure=f"rm {MODULES}/cv2.py",
        opencv=True,
    ),
    Damage(
        "load-time",
        f'echo "{PROFILER.format(PARSING)}" > {MODULES}/profiler.pth',
        cure=f"rm {MODULES}/profiler.pth",
    ),
    Damage(
        "unproven",
        f'echo "{NO_MEMORY}" > {MODULES}/memory.pth',
        cure=f"rm {MODULES}/memory.pth",
    ),
    Damage("graphs-readable", f"echo no graph > {MODEL}", cure=model(1), graphs=True),
    # About 0.2 seconds under the C++ backend on a core of x86.
    Damage("graph-load-time", model(25_000_000), cure=model(1), graphs=True),
    Damage(
        "tensorflow",
        f"d={MODULES}/tensorflow-1.12.0.dist-info; mkdir $d; printf 'Metadata-Version: 2.1\\n"
        "Name: tensorflow\\nVersion: 1.12.0\\nRequires-Dist: protobuf (<4,>=3.6.1)\\n' > $d/METADATA",
        cure=f"rm -r {MODULES}/tensorflow-1.12.0.dist-info",
    ),
    # Containers have the clock of the machine. So Python, which Ansible runs on the board, is told another one.
    Damage(
        "clock",
        f"echo 'import time; time.time = lambda real=time.time: real() - 7200' > {MODULES}/clock.pth",
        cure=f"rm {MODULES}/clock.pth",
    ),
    Damage("platform", f"sed -i 's/_debian-11_/_debian-10_/' {STATE}"),
    Damage("artefact", f"sed -i 's/_[0-9a-f]\\{{8\\}}\"/_00000000\"/' {STATE}"),
    Damage("managed", f"rm {STATE}"),
    Damage("transaction", "mkdir /var/lib/jetfleet/transaction.partial"),
    # A program of the user whom drift logs in as, in no unit: the remedy's words are to restart it.
    Damage(
        "restart-needed",
        "setpriv --reuid=jetson --regid=jetson --clear-groups nohup python3 -c "
        "'import time, google.protobuf.pyext._message; time.sleep(3600)' </dev/null >/dev/null 2>&1 & echo $! > /root/program; "
        # Without the capability to trace, root of a container may not read that.
        "until setpriv --reuid=jetson --regid=jetson --clear-groups grep -q pyext/_message /proc/$(cat /root/program)/maps; "
        "do sleep 0.1; done; "
        f"cd {MODULES}/google/protobuf/pyext; cp -p _message*.so /root/new; mv /root/new $(echo _message*.so)",
        cure="kill $(cat /root/program)",
    ),
    Damage("pip-constraint", "rm /etc/pip.conf"),
]
