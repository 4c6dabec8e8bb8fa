# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of boards, made to the shape that protobuf_facts returns, and what such boards should be."""

from __future__ import annotations

import copy
from typing import Any

SHA256 = "1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af"
PURELIB = "/usr/local/lib/python3.6/dist-packages"
EXTENSION = "a" * 64

DESIRED: Any = {
    "version": "3.6.0",
    "source_sha256": SHA256,
    "linkage": "static",
    "wheel": "auto",
    "cxxflags": "-O2 -DNDEBUG",
    "executable": "/usr/bin/python3",
    "adopt": False,
    "pip_constraint": False,
}

# A Nano as JetPack 4.6 leaves it after `pip3 install tensorflow`: the module is there and slow.
_NANO: dict[str, Any] = {
    "board": {
        "model": "NVIDIA Jetson Nano Developer Kit",
        "soc": "tegra210",
        "l4t": "32.6.1",
        "jetpack": "4.6",
        "architecture": "arm64",
        "machine": "aarch64",
        "distribution": {
            "id": "ubuntu",
            "version_id": "18.04",
            "codename": "bionic",
            "pretty_name": "Ubuntu 18.04.6 LTS",
        },
        "glibc": "2.27",
        "kernel": "4.9.253-tegra",
        "cpu_count": 4,
        "memory_mb": 3953,
        "memory_available_mb": 3100,
        "disk_free_mb": {"root": 9000, "usr_local": 9000, "home": 9000, "tmp": 9000},
        "user": "nvidia",
        "home": "/home/nvidia",
        "is_root": False,
        "clock": 1796083200.5,
        "clock_offset_seconds": 0,
    },
    "environment": [],
    "python": {
        "executable": "/usr/bin/python3",
        "version": "3.6.9",
        "soabi": "cpython-36m-aarch64-linux-gnu",
        "implementation": "CPython",
        "prefix": "/usr",
        "base_prefix": "/usr",
        "virtualenv": False,
        "externally_managed": False,
        "headers": True,
        "purelib": PURELIB,
        "owner": "root",
        "packages": {"pip": "9.0.1", "setuptools": "39.0.1", "wheel": "0.30.0", "six": "1.11.0"},
        "tensorflow": None,
        "status": "ok",
        "error": None,
    },
    "module": {
        "status": "ok",
        "error": None,
        "version": "3.19.6",
        "backend": "python",
        "claimed_backend": "python",
        "requested_backend": None,
        "requested_error": None,
        "message_class": "google.protobuf.internal.python_message.GeneratedProtocolMessageType",
        "file": f"{PURELIB}/google/protobuf/__init__.py",
        "linkage": None,
        "mapped": [],
        "extensions": [],
        "copies": [],
        "metadata": {
            "version": "3.19.6",
            "location": PURELIB,
            "installer": "pip",
            "build": None,
            "missing_files": [],
            "modified_files": [],
        },
    },
    "libraries": [],
    "protoc": [],
    "packages": {},
    "installation": {
        "managed": False,
        "abi_key": None,
        "executable": None,
        "python_version": None,
        "adopted": False,
        "constraint": False,
        "interrupted": False,
        "handmade": [],
        "missing_packages": [],
        "wrong_modes": [],
    },
    "development": {"headers": [], "pkg_config": []},
    "processes": {"complete": True, "hint": None, "old": []},
}


def library(path: str, soname: str, package: str | None, cached: bool = True) -> dict[str, Any]:
    """Return one entry of the fact libraries."""
    return {
        "path": path,
        "real_path": f"{path}.0.0",
        "soname": soname,
        "version": None,
        "protobuf_version": None,
        "package": package,
        "sha256": "c" * 64,
        "in_linker_cache": cached,
        "lite": False,
    }


def package(version: str, missing: list[str] | None = None, modified: list[str] | None = None) -> dict[str, Any]:
    """Return one entry of the fact packages."""
    return {
        "version": version,
        "architecture": "arm64",
        "status": "installed",
        "missing_files": missing or [],
        "modified_files": modified or [],
    }


def module_copy(location: str, version: str, **changes: Any) -> dict[str, Any]:
    """Return one entry of the fact module.copies."""
    entry = {
        "location": location,
        "file": f"{location}/google/protobuf/__init__.py",
        "version": version,
        "active": True,
        "installer": "pip",
        "level": "system",
        "in_site_packages": True,
        "before_purelib": location.endswith(".egg"),
        "listed_in": None,
    }
    return entry | changes


def slow_nano() -> Any:
    """Return a board that nothing was done to yet."""
    facts = copy.deepcopy(_NANO)
    facts["module"]["copies"] = [module_copy(PURELIB, "3.19.6")]
    facts["packages"]["libprotobuf10"] = package("3.0.0-9.1ubuntu1")
    facts["libraries"] = [
        library("/usr/lib/aarch64-linux-gnu/libprotobuf.so.10", "libprotobuf.so.10", "libprotobuf10"),
    ]
    return facts


def no_fault(key: str) -> None:
    """Find nothing wrong with what the artefact store holds."""


def fast_nano(digest: str) -> Any:
    """Return the same board when it is what it should be."""
    facts = slow_nano()
    facts["module"] |= {
        "version": "3.6.0",
        "backend": "cpp",
        "linkage": "static",
        "extensions": [
            {
                "path": f"{PURELIB}/google/protobuf/pyext/_message.so",
                "sha256": EXTENSION,
                "needed": [],
                "runpath": [],
                "missing": [],
            }
        ],
        "copies": [module_copy(PURELIB, "3.6.0")],
    }
    facts["module"]["metadata"]["version"] = "3.6.0"
    facts["installation"] |= {
        "managed": True,
        "abi_key": f"protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_{digest}",
        "executable": "/usr/bin/python3",
        "python_version": "3.6.0",
    }
    facts["packages"]["jetfleet-libprotobuf"] = package(f"3.6.0+jetfleet.{digest}")
    facts["libraries"].append(
        library("/usr/local/lib/libprotobuf.so.16", "libprotobuf.so.16", "jetfleet-libprotobuf"),
    )
    return facts
