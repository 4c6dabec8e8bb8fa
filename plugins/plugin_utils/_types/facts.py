# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of a board, as RETURN of the module protobuf_facts describes them."""

from __future__ import annotations

from typing import Literal, TypedDict, get_args

# The backends that every prediction is made for.
Backend = Literal["python", "cpp"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


class Distribution(TypedDict):
    id: str | None
    version_id: str | None
    codename: str | None
    pretty_name: str | None


class Board(TypedDict):
    model: str | None
    soc: str | None
    l4t: str | None
    jetpack: str | None
    architecture: str | None
    machine: str
    distribution: Distribution
    glibc: str | None
    kernel: str
    cpu_count: int
    memory_mb: int | None
    memory_available_mb: int | None
    disk_free_mb: dict[str, int | None]
    user: str
    home: str
    is_root: bool
    clock: float
    # What the controller has found, whatever the board says.
    clock_offset_seconds: float | None


class Assignment(TypedDict):
    file: str
    line: int | None
    variable: str
    value: str


class Tensorflow(TypedDict):
    name: str
    version: str | None
    requires_protobuf: str | None


class Python(TypedDict):
    executable: str
    version: str | None
    soabi: str | None
    implementation: str | None
    prefix: str | None
    base_prefix: str | None
    virtualenv: bool | None
    externally_managed: bool | None
    headers: bool | None
    purelib: str | None
    owner: str | None
    packages: dict[str, str | None]
    tensorflow: Tensorflow | None
    status: str
    error: str | None


class Extension(TypedDict):
    path: str
    sha256: str | None
    needed: list[str]
    runpath: list[str]
    missing: list[str]


class Copy(TypedDict):
    location: str
    file: str
    version: str | None
    active: bool
    installer: str
    level: str
    in_site_packages: bool
    before_purelib: bool
    listed_in: str | None


class Metadata(TypedDict):
    version: str | None
    location: str | None
    installer: str | None
    build: str | None
    missing_files: list[str]
    modified_files: list[str]


class Module(TypedDict):
    status: str
    error: str | None
    version: str | None
    backend: str | None
    claimed_backend: str | None
    requested_backend: str | None
    requested_error: str | None
    message_class: str | None
    file: str | None
    extensions: list[Extension]
    mapped: list[str]
    linkage: str | None
    copies: list[Copy]
    metadata: Metadata


class Library(TypedDict):
    path: str
    real_path: str
    soname: str | None
    version: str | None
    protobuf_version: str | None
    package: str | None
    sha256: str | None
    in_linker_cache: bool
    lite: bool


class Protoc(TypedDict):
    path: str
    version: str | None
    package: str | None


class Package(TypedDict):
    version: str
    architecture: str
    status: str
    missing_files: list[str]
    modified_files: list[str]


class WrongMode(TypedDict):
    path: str
    owner: str
    group: str
    mode: str


class Installation(TypedDict):
    managed: bool
    abi_key: str | None
    executable: str | None
    python_version: str | None
    adopted: bool
    constraint: bool | None
    interrupted: bool
    handmade: list[str]
    missing_packages: list[str]
    wrong_modes: list[WrongMode]


class VersionedFile(TypedDict):
    path: str
    version: str | None


class Development(TypedDict):
    headers: list[VersionedFile]
    pkg_config: list[VersionedFile]


class Pip(TypedDict):
    status: str
    error: str | None
    version: str | None
    location: str | None
    package: str | None


class Tools(TypedDict):
    pip: Pip
    missing: list[str]


class OldProcess(TypedDict):
    pid: int
    user: str | None
    command: str
    unit: str | None
    user_unit: str | None
    cgroup: str | None
    reason: str
    files: list[str]


class Processes(TypedDict):
    complete: bool
    hint: str | None
    old: list[OldProcess]


class Binding(TypedDict):
    file: str
    version: str | None


class Link(TypedDict):
    binary: str
    via: list[str]
    library: str
    package: str | None


class ImportOrder(TypedDict):
    order: list[str]
    status: str
    exit_code: int | None
    signal: int | None
    mapped: list[str]
    works: dict[str, bool | None]
    error: str | None


class ImportTest(TypedDict):
    backend: str | None
    orders: list[ImportOrder]


class OpenCV(TypedDict):
    found: bool
    version: str | None
    bindings: list[Binding]
    libraries: list[str]
    links: list[Link]
    embedded: list[str]
    build_information: str | None
    import_test: ImportTest
    files: dict[str, list[str]]
    verdict: str
    reason: str


class BackendPrediction(TypedDict):
    seconds: float
    seconds_repacked: float
    measured: bool


class Prediction(TypedDict):
    backend: str
    seconds: float
    seconds_repacked: float
    error_percent: float | None
    python: BackendPrediction | None
    cpp: BackendPrediction | None


class Graph(TypedDict):
    path: str
    status: str
    error: str | None
    bytes: int | None
    nodes: int | None
    values: int | None
    encodings: dict[str, dict[str, int]]
    repackable: dict[str, int] | None
    prediction: Prediction | None


class Seconds(TypedDict):
    min: float
    median: float
    runs: int


class PythonLoadTime(TypedDict):
    backend: str
    seconds: Seconds


class LoadTime(TypedDict):
    source: str
    bytes: int | None
    nodes: int | None
    values: int | None
    encodings: dict[str, int]
    backend: str | None
    seconds: Seconds | None
    python: PythonLoadTime | None
    ratio: float | None
    status: str
    error: str | None


class Rates(TypedDict):
    seconds: dict[str, float]
    objects: dict[str, float]
    baseline: float
    thresholds: list[int] | None
    collection: float
    measured: bool


class Calibration(TypedDict):
    status: str
    backend: str | None
    error: str | None
    error_percent: float | None
    python: Rates | None
    cpp: Rates | None
    upb: Rates | None


class Proof(TypedDict):
    fingerprint: str | None
    proven: str | None
    reused: bool


class Proofs(TypedDict, total=False):
    """One entry for each of the facts that takes seconds to prove."""

    opencv: Proof
    load_time: Proof
    calibration: Proof


class Cost(TypedDict):
    cpu_seconds: float
    wall_seconds: float
    peak_memory_mb: float


class Facts(TypedDict, total=False):
    """One entry for each subset that was gathered, and what each has cost."""

    cost: dict[str, Cost]

    board: Board
    environment: list[Assignment]
    python: Python
    module: Module
    libraries: list[Library]
    protoc: list[Protoc]
    packages: dict[str, Package]
    installation: Installation
    development: Development
    tools: Tools
    processes: Processes
    opencv: OpenCV
    graphs: list[Graph]
    calibration: Calibration | None
    load_time: LoadTime
    proofs: Proofs
