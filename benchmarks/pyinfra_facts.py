# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of stock_facts.yml with pyinfra. Part of drift_cost.py."""

from pyinfra import host
from pyinfra.facts.server import Command

PROOF = (
    "from google.protobuf import descriptor_pb2 as d; import google.protobuf as p;"
    "print(p.__version__, type(d.FileDescriptorProto).__module__)"
)
MODULES = "/usr/local/lib/python3.9/dist-packages"
READS = [
    "cat /etc/os-release; uname -a; nproc; free -m; df -m / /usr/local /tmp",
    "dpkg-query -W 'libprotobuf*' protobuf-compiler jetfleet-libprotobuf || true",
    f"python3 -B -c '{PROOF}' || true",
    "python3 -B -c 'import sys; print(sys.path)'",
    "python3 -m pip show -f protobuf || true",
    f"find /usr/lib/python3/dist-packages {MODULES} -maxdepth 1 -name 'protobuf*'",
    f"find {MODULES}/google -type f -exec sha1sum {{}} + || true",
    "grep --recursive --no-messages PROTOCOL_BUFFERS_PYTHON /etc/environment /etc/profile.d || true",
    "find /usr/local/lib /usr/lib/x86_64-linux-gnu -maxdepth 1 -name 'libprotobuf*.so.*' -exec sha1sum {} + || true",
    "/sbin/ldconfig -p",
    "dpkg --verify || true",
    "protoc --version || true",
    "grep --no-messages VERSION /usr/local/include/google/protobuf/stubs/common.h /usr/local/lib/pkgconfig/protobuf.pc || true",
    "find /usr/local/lib /usr/local/bin /usr/local/include -maxdepth 1 -name '*proto*'",
    "stat /var/lib/jetfleet/state.json || true",
]

for read in READS:
    host.get_fact(Command, command=read)
