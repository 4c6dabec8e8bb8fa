# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PyPI's wheels of protobuf with the C++ extension inside, pinned by SHA-256.

Each wheel was downloaded, hashed and opened; only those are
listed whose `google/protobuf/pyext/_message.<soabi>.so` carries the soabi of the
interpreter that the file name promises. That leaves out the aarch64 wheels of 3.17:
their extension is an aarch64 library called `_message.cpython-39-x86_64-linux-gnu.so`,
which no aarch64 interpreter finds, so they silently run in pure Python.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import major_minor

_PINNED = {
    "protobuf-3.17.3-cp37-cp37m-manylinux_2_5_x86_64.manylinux1_x86_64.whl": "8727ee027157516e2c311f218ebf2260a18088ffb2d29473e82add217d196b1c",
    "protobuf-3.17.3-cp38-cp38-manylinux_2_5_x86_64.manylinux1_x86_64.whl": "6902a1e4b7a319ec611a7345ff81b6b004b36b0d2196ce7a748b3493da3d226d",
    "protobuf-3.17.3-cp39-cp39-manylinux_2_5_x86_64.manylinux1_x86_64.whl": "e76d9686e088fece2450dbc7ee905f9be904e427341d289acbe9ad00b78ebd47",
    "protobuf-3.18.3-cp37-cp37m-manylinux2014_aarch64.whl": "85d1fb5ff1d638a0045bbe4f01a8f287023aa4f2b29011445b1be0edc74a2103",
    "protobuf-3.18.3-cp37-cp37m-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "cde2a73b03049b904dbc5d0f500b97e11abb4109dbe2940e6a1595e2eef4e8a9",
    "protobuf-3.18.3-cp38-cp38-manylinux2014_aarch64.whl": "e9bffd52d6ee039a1cafb72475b2900c6fd0f0dca667fb7a09af0a3e119e78cb",
    "protobuf-3.18.3-cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "8117b52c2531e4033f7d02b9be5a78564da41a8b02c255e1b731ad4bd75e7dc0",
    "protobuf-3.18.3-cp39-cp39-manylinux2014_aarch64.whl": "a7f91a4e5bf3cc58b2830c9cb01b04ac5e211c288048e9296cd407ec0455fb89",
    "protobuf-3.18.3-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "6380aae2683d0d1b41199e591c8ba06f867e8a778d44309af87073c1b34a9f3a",
    "protobuf-3.19.6-cp37-cp37m-manylinux2014_aarch64.whl": "bb6776bd18f01ffe9920e78e03a8676530a5d6c5911934c6a1ac6eb78973ecb6",
    "protobuf-3.19.6-cp37-cp37m-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "84a04134866861b11556a82dd91ea6daf1f4925746b992f277b84013a7cc1229",
    "protobuf-3.19.6-cp38-cp38-manylinux2014_aarch64.whl": "d0b635cefebd7a8a0f92020562dead912f81f401af7e71f16bf9506ff3bdbb38",
    "protobuf-3.19.6-cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "7a552af4dc34793803f4e735aabe97ffc45962dfd3a237bdde242bff5a3de684",
    "protobuf-3.19.6-cp39-cp39-manylinux2014_aarch64.whl": "30a15015d86b9c3b8d6bf78d5b8c7749f2512c29f168ca259c9d7727604d0e39",
    "protobuf-3.19.6-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "878b4cd080a21ddda6ac6d1e163403ec6eea2e206cf225982ae04567d39be7b0",
    "protobuf-3.19.6-cp310-cp310-manylinux2014_aarch64.whl": "010be24d5a44be7b0613750ab40bc8b8cedc796db468eae6c779b395f50d1fa1",
    "protobuf-3.19.6-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "11478547958c2dfea921920617eb457bc26867b0d1aa065ab05f35080c5d9eb6",
    "protobuf-3.20.3-cp37-cp37m-manylinux2014_aarch64.whl": "d9e4432ff660d67d775c66ac42a67cf2453c27cb4d738fc22cb53b5d84c135d4",
    "protobuf-3.20.3-cp37-cp37m-manylinux_2_5_x86_64.manylinux1_x86_64.whl": "74480f79a023f90dc6e18febbf7b8bac7508420f2006fabd512013c0c238f454",
    "protobuf-3.20.3-cp38-cp38-manylinux2014_aarch64.whl": "f4c42102bc82a51108e449cbb32b19b180022941c727bac0cfd50170341f16ee",
    "protobuf-3.20.3-cp38-cp38-manylinux_2_5_x86_64.manylinux1_x86_64.whl": "44246bab5dd4b7fbd3c0c80b6f16686808fab0e4aca819ade6e8d294a29c7050",
    "protobuf-3.20.3-cp39-cp39-manylinux2014_aarch64.whl": "bf01b5720be110540be4286e791db73f84a2b721072a3711efff6c324cdf074b",
    "protobuf-3.20.3-cp39-cp39-manylinux_2_5_x86_64.manylinux1_x86_64.whl": "daa564862dd0d39c00f8086f88700fdbe8bc717e993a21e90711acfed02f2402",
    "protobuf-3.20.3-cp310-cp310-manylinux2014_aarch64.whl": "f4bd856d702e5b0d96a00ec6b307b0f51c1982c2bf9c0052cf9019e9a544ba99",
    "protobuf-3.20.3-cp310-cp310-manylinux_2_12_x86_64.manylinux2010_x86_64.whl": "9aae4406ea63d825636cc11ffb34ad3379335803216ee3a856787bcf5ccc751e",
}

# PEP 600 and its older names: the glibc that a tag asks for, and the pip that knows the tag.
_TAGS = {"manylinux1": ((2, 5), (8, 1)), "manylinux2010": ((2, 12), (19, 0)), "manylinux2014": ((2, 17), (19, 3))}
_PIP_PEP600 = (20, 3)


@dataclass(frozen=True)
class Wheel:
    """One pinned wheel and what a board needs to use it."""

    name: str
    sha256: str
    version: str
    python: str
    abi: str
    platforms: tuple[str, ...]
    soabi: str
    glibc: tuple[int, int]
    pip: tuple[int, int]

    def pip_options(self) -> list[str]:
        """Return what makes `pip download` on any controller choose this wheel and nothing else."""
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--implementation", "cp"]
        options += ["--python-version", f"{self.python[2]}.{self.python[3:]}", "--abi", self.abi]
        for platform in self.platforms:
            options += ["--platform", platform]
        return options


def _parse(name: str, sha256: str) -> Wheel:
    _distribution, version, python, abi, platform = name.removesuffix(".whl").split("-")
    platforms = tuple(platform.split("."))
    machine = "aarch64" if platforms[0].endswith("aarch64") else "x86_64"
    needs = [_needs(tag) for tag in platforms]
    return Wheel(
        name=name,
        sha256=sha256,
        version=version,
        python=python,
        abi=abi,
        platforms=platforms,
        soabi=f"cpython-{abi[2:]}-{machine}-linux-gnu",
        glibc=max(glibc for glibc, _pip in needs),
        # Two tags mean the same to old and to new pips: one that pip knows is enough.
        pip=min(pip for _glibc, pip in needs),
    )


def _needs(tag: str) -> tuple[tuple[int, int], tuple[int, int]]:
    match = re.match(r"manylinux_(\d+)_(\d+)_", tag)
    if match:
        return (int(match[1]), int(match[2])), _PIP_PEP600
    return _TAGS[tag.split("_", 1)[0]]


WHEELS = tuple(_parse(name, sha256) for name, sha256 in _PINNED.items())


def find_wheel(version: str, soabi: str | None, glibc: str | None, pip: str | None) -> Wheel | None:
    """Return the wheel that a board can use, or None.

    A board without pip gets the distribution's, which knows every tag used here
    wherever Python is 3.7 or newer.
    """
    board_glibc, board_pip = major_minor(glibc), major_minor(pip)
    for wheel in WHEELS:
        if wheel.version != version or wheel.soabi != soabi:
            continue
        if board_glibc is None or board_glibc < wheel.glibc:
            continue
        if board_pip is None or board_pip >= wheel.pip:
            return wheel
    return None
