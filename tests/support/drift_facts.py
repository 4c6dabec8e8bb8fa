# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All facts of a board that is what it should be, as protobuf_facts returns them, and what is expected of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import KINDS
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import abi
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expectation import expectation

RULES = str(Path(__file__).parents[2] / "roles/drift/files/rules.yml")
PURELIB = "/usr/local/lib/python3.9/dist-packages"
PYEXT = f"{PURELIB}/google/protobuf/pyext"
MULTIARCH = "/usr/lib/x86_64-linux-gnu"
PACKAGE = "jetfleet-libprotobuf"
PLATFORM = "amd64_debian-11_glibc-2.31_cpython-39-x86_64-linux-gnu"
DESIRED: Any = {
    "version": "3.21.12",
    "source_sha256": "4eab9b524aa5913c6fffb20b2a8abf5ef7f95a80bc0701f3a6dbb4c607f73460",
    "linkage": "static",
    "wheel": "auto",
    "cxxflags": "-O2 -DNDEBUG",
    "executable": "/usr/bin/python3",
    "adopt": False,
    "pip_constraint": True,
}
MODEL = "/opt/detector/ssd_mobilenet.pb"
# What the variables beside those of the installation ask for.
LIMITS: Any = {
    "load_time_budget": 5,
    "graph_load_time_budget": 30,
    "opencv_fail_on": ["conflict"],
    "graphs": [MODEL],
}
DIGEST = abi.digest(abi.build_inputs(DESIRED, "build"))[:8]
ABI_KEY = f"protobuf-3.21.12_{PLATFORM}_{DIGEST}"


def matching_expected(facts: Any = None, /, **desired: Any) -> Any:
    """Return what is expected of the board, or of another one, or with other wishes."""
    return expectation(facts or compliant_board(), DESIRED | desired, LIMITS)


def package(version: str, **changes: Any) -> dict[str, Any]:
    """Return one entry of the fact packages."""
    whole = {"architecture": "amd64", "status": "installed", "missing_files": [], "modified_files": []}
    return {"version": version, **whole, **changes}


def module_copy(location: str, **changes: Any) -> dict[str, Any]:
    """Return one entry of the fact module.copies: one that is not imported."""
    return {
        "location": location,
        "file": f"{location}/google/protobuf/__init__.py",
        "version": "3.19.6",
        "active": False,
        "installer": "pip",
        "level": "system",
        "in_site_packages": True,
        "before_purelib": False,
        "listed_in": None,
        **changes,
    }


def library(path: str, owner: str | None, **changes: Any) -> dict[str, Any]:
    """Return one entry of the fact libraries."""
    number = path.rpartition(".")[2]
    return {
        "path": path,
        "real_path": f"{path}.0.12",
        "soname": path.rpartition("/")[2],
        "version": f"{number}.0.12",
        "protobuf_version": "3.21.12" if number == "32" else "3.12.4",
        "package": owner,
        "sha256": "92983d5d4deb49f32db0d37d164e202a23995e9b64d7a672a071211f2324bb9e",
        "in_linker_cache": True,
        "lite": "-lite" in path,
        **changes,
    }


def compliant_board() -> Any:
    """Return the facts, all subsets of them."""
    return {
        "board": _board(),
        "environment": [],
        "python": _python(),
        "module": _module(),
        "libraries": [
            library(f"{MULTIARCH}/libprotobuf-lite.so.23", "libprotobuf-lite23"),
            library(f"{MULTIARCH}/libprotobuf.so.23", "libprotobuf23"),
            library("/usr/local/lib/libprotobuf-lite.so.32", PACKAGE),
            library("/usr/local/lib/libprotobuf.so.32", PACKAGE),
        ],
        "protoc": [
            {"path": "/usr/local/bin/protoc", "version": "3.21.12", "package": PACKAGE},
            {"path": "/usr/bin/protoc", "version": "3.12.4", "package": "protobuf-compiler"},
        ],
        "packages": {
            "libprotobuf23": package("3.12.4-1+deb11u1"),
            "libprotobuf-lite23": package("3.12.4-1+deb11u1"),
            "protobuf-compiler": package("3.12.4-1+deb11u1"),
            PACKAGE: package(f"3.21.12+jetfleet.{DIGEST}"),
        },
        "installation": {
            "managed": True,
            "abi_key": ABI_KEY,
            "executable": "/usr/bin/python3",
            "python_version": "4.21.12",
            "adopted": False,
            "constraint": True,
            "interrupted": False,
            "handmade": [],
            "missing_packages": [],
            "wrong_modes": [],
        },
        "development": {
            "headers": [_development("/usr/local/include/google/protobuf/stubs/common.h")],
            "pkg_config": [_development("/usr/local/lib/pkgconfig/protobuf.pc")],
        },
        "tools": {
            "pip": {
                "status": "ok",
                "error": None,
                "version": "9.0.1",
                "location": "/usr/lib/python3/dist-packages",
                "package": "python3-pip",
            },
            "missing": [],
        },
        "processes": {"complete": True, "hint": None, "old": []},
        "opencv": _opencv(),
        "load_time": _load_time(),
        "cost": _cost(),
        "graphs": [graph()],
        "calibration": _calibration(),
        "proofs": {name: proof() for name in ("opencv", "load_time", "calibration")},
    }


def proof(**changes: Any) -> dict[str, Any]:
    """Return one entry of the fact proofs."""
    return {"fingerprint": "5891b5b522d5df08", "proven": "2026-11-30T02:00:00Z", "reused": False, **changes}


def old_process(**changes: Any) -> dict[str, Any]:
    """Return one entry of the fact processes.old: a service that loaded the extension before it was replaced."""
    return {
        "pid": 812,
        "user": "nvidia",
        "command": "python3 /opt/detector/main.py --token=***",
        "unit": "detector.service",
        "user_unit": None,
        "cgroup": "/system.slice/detector.service",
        "reason": "replaced",
        "files": [f"{PYEXT}/_message.cpython-39-x86_64-linux-gnu.so"],
        **changes,
    }


def prediction(
    seconds: float = 0.267, python: float = 29.9, repacked: float = 0.02, backend: str = "cpp", **changes: Any
) -> dict[str, Any]:
    """Return the prediction for a graph; seconds are those under the C++ backend."""
    return {
        "backend": backend,
        "seconds": python if backend == "python" else seconds,
        "seconds_repacked": repacked,
        "python": {"seconds": python, "seconds_repacked": repacked, "measured": True},
        "cpp": {"seconds": seconds, "seconds_repacked": repacked, "measured": backend != "python"},
        "error_percent": 25,
        **changes,
    }


def graph(path: str = MODEL, **changes: Any) -> Any:
    """Return one entry of the fact graphs: a MobileNet whose constants TensorFlow has folded."""
    return {
        "path": path,
        "status": "ok",
        "error": None,
        "bytes": 25400000,
        "nodes": 400,
        "values": 4200000,
        "encodings": {"float_val": {"tensors": 60, "values": 4200000, "bytes": 16800000}},
        "repackable": {"tensors": 60, "values": 4200000, "bytes": 16800000},
        "prediction": prediction(),
        **changes,
    }


def missing_graph(path: str = MODEL) -> Any:
    """Return the entry for a file that is not there."""
    nothing = dict.fromkeys(("bytes", "nodes", "values", "repackable", "prediction"))
    error = f"{path} does not exist on this host: copy the graph there first."
    return graph(path, status="graph_missing", error=error, encodings={}, **nothing)


def _development(path: str) -> dict[str, Any]:
    return {"path": path, "version": "3.21.12"}


def _board() -> dict[str, Any]:
    return {
        "model": None,
        "soc": None,
        "l4t": "32.7.1",
        "jetpack": "4.6.1",
        "architecture": "amd64",
        "machine": "x86_64",
        "distribution": {
            "id": "debian",
            "version_id": "11",
            "codename": "bullseye",
            "pretty_name": "Debian GNU/Linux 11 (bullseye)",
        },
        "glibc": "2.31",
        "kernel": "6.1.0-21-amd64",
        "cpu_count": 4,
        "memory_mb": 3956,
        "memory_available_mb": 2711,
        "disk_free_mb": {"root": 11264, "usr_local": 11264, "home": 11264, "tmp": 1978},
        "user": "jetson",
        "home": "/home/jetson",
        "is_root": False,
        "clock": 1796083200.5,
        "clock_offset_seconds": 0,
    }


def _python() -> dict[str, Any]:
    return {
        "executable": "/usr/bin/python3",
        "version": "3.9.2",
        "soabi": "cpython-39-x86_64-linux-gnu",
        "implementation": "CPython",
        "prefix": "/usr",
        "base_prefix": "/usr",
        "virtualenv": False,
        "externally_managed": False,
        "headers": True,
        "purelib": PURELIB,
        "owner": "root",
        "packages": {"pip": "20.3.4", "setuptools": "52.0.0", "wheel": "0.34.2", "six": "1.16.0"},
        "tensorflow": {"name": "tensorflow", "version": "2.11.0", "requires_protobuf": "<5,>=3.19.6"},
        "status": "ok",
        "error": None,
    }


def _module() -> dict[str, Any]:
    return {
        "status": "ok",
        "error": None,
        "version": "4.21.12",
        "backend": "cpp",
        "claimed_backend": "cpp",
        "requested_backend": None,
        "requested_error": None,
        "message_class": "google.protobuf.pyext.cpp_message.GeneratedProtocolMessageType",
        "file": f"{PURELIB}/google/protobuf/__init__.py",
        "extensions": [
            {
                "path": f"{PYEXT}/_message.cpython-39-x86_64-linux-gnu.so",
                "sha256": "755613ee4a303e4b282be82cd83ce2c66d0d56e251201e44cc48000ab8eb503a",
                "needed": ["libstdc++.so.6", "libc.so.6"],
                "runpath": [],
                "missing": [],
            }
        ],
        "mapped": [],
        "linkage": "static",
        "copies": [
            module_copy(PURELIB, version="4.21.12", active=True),
            module_copy("/usr/lib/python3/dist-packages", version="3.12.4", installer="apt"),
        ],
        "metadata": {
            "version": "4.21.12",
            "location": PURELIB,
            "installer": "pip",
            "build": None,
            "missing_files": [],
            "modified_files": [],
        },
    }


def _opencv() -> dict[str, Any]:
    return {
        "found": True,
        "version": "4.5.1",
        "bindings": [
            {
                "file": "/usr/lib/python3/dist-packages/cv2.cpython-39-x86_64-linux-gnu.so",
                "version": "4.5.1",
            }
        ],
        "libraries": [f"{MULTIARCH}/libopencv_dnn.so.4.5"],
        "links": [
            {
                "binary": f"{MULTIARCH}/libopencv_dnn.so.4.5",
                "via": [],
                "library": f"{MULTIARCH}/libprotobuf.so.23",
                "package": "libprotobuf23",
            }
        ],
        "embedded": [],
        "build_information": "Protobuf: /usr/lib/x86_64-linux-gnu/libprotobuf.so (3.12.4)",
        "import_test": {
            "backend": "cpp",
            "orders": [
                {
                    "order": ["cv2", "protobuf"],
                    "status": "ok",
                    "exit_code": 0,
                    "signal": None,
                    "mapped": [f"{MULTIARCH}/libprotobuf.so.23.0.4"],
                    "works": {"cv2": True, "protobuf": True, "dnn": True},
                    "error": None,
                }
            ],
        },
        "files": {MULTIARCH: ["libopencv_dnn.so.4.5", "libprotobuf.so.23"]},
        "verdict": "links_distribution",
        "reason": "cv2 4.5.1 uses libprotobuf.so.23 and works with the C++ protobuf in every import order.",
    }


def _calibration() -> dict[str, Any]:
    nothing = dict.fromkeys(("error", "python", "upb"))
    rates = {"baseline": 12000, "thresholds": None, "collection": 0.0, "measured": True}
    costs = {name: dict.fromkeys(KINDS, number) for name, number in (("seconds", 1e-8), ("objects", 0.0))}
    return {**nothing, "status": "ok", "backend": "cpp", "error_percent": 25, "cpp": {**rates, **costs}}


def _cost() -> dict[str, Any]:
    return {
        "module": {"cpu_seconds": 0.262, "wall_seconds": 0.578, "peak_memory_mb": 26.5},
        "opencv": {"cpu_seconds": 3.512, "wall_seconds": 4.118, "peak_memory_mb": 97.4},
    }


def _load_time() -> dict[str, Any]:
    return {
        "source": "float_val",
        "bytes": 4000046,
        "nodes": 1,
        "values": 1000000,
        "encodings": {"float_val": 1000000},
        "backend": "cpp",
        "seconds": {"min": 0.011, "median": 0.012, "runs": 3},
        "python": None,
        "ratio": None,
        "status": "ok",
        "error": None,
    }
