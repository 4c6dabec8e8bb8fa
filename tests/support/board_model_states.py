# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a board can have before the collection comes: copies of protobuf by any means, its neighbours, and links."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ansible_collections.jetfleet.protobuf.tests.support.board_model_wheels import NSPKG, small_files
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python
from ansible_collections.jetfleet.protobuf.tests.support.user_environment import reachable

PYTHON = "3.9"


class Places(NamedTuple):
    """Where a board has what a state is made of."""

    root: Path
    # Of the interpreter, what it installs to and what the distribution's packages install to.
    site: Path
    distribution_site: Path
    scripts: Path
    # Of /usr/local.
    prefix: Path
    packages: Packages
    environment: dict[str, str]
    # Returns a prefix in which pip has installed a small wheel of that version, with extras or not.
    installed: Callable[[str, bool], Path]

    @property
    def home(self) -> Path:
        return Path(self.environment["HOME"])


Maker = Callable[[Places, str], None]


def base_interpreter(installations: Installations) -> Path:
    """Return a prefix with a Python of its own, whose standard library is linked, to be copied."""

    def make(place: Path) -> None:
        python = need_python(PYTHON)
        library = Path(f"lib/python{PYTHON}")
        (place / "bin").mkdir(parents=True)
        shutil.copy(python.resolve(), place / "bin" / python.name)
        (place / library / "site-packages").mkdir(parents=True)
        for path in (python.parent.parent / library).iterdir():
            if path.name != "site-packages":
                (place / library / path.name).symlink_to(path)
        _customise(place)

    return installations.once("base-interpreter", make)


def open_base_interpreter(installations: Installations) -> Path:
    """Return the same with pip, for every user: nothing is a link to where only the user of the tests may look."""

    def make(place: Path) -> None:
        reachable(place, PYTHON)
        site = _site_of(place)
        site.mkdir()
        shutil.copytree(installations.base_packages(PYTHON) / "pip", site / "pip")
        _customise(place)

    return installations.once("open-base-interpreter", make)


def _customise(place: Path) -> None:
    """Have the interpreter look into dist-packages, as Debian's own site does."""
    (place / f"lib/python{PYTHON}/sitecustomize.py").write_text(_SITECUSTOMIZE)
    (place / "lib/python3/dist-packages").mkdir(parents=True)


_SITECUSTOMIZE = """\
import os, site, sys
packages = os.path.join(sys.base_prefix, "lib/python3/dist-packages")
def getsitepackages(prefixes=None, own=site.getsitepackages):
    return own(prefixes) + [packages]
site.getsitepackages = getsitepackages
site.addsitedir(packages)
"""


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def _site_of(prefix: Path) -> Path:
    return prefix / f"lib/python{PYTHON}/site-packages"


def pip(places: Places, version: str) -> None:
    """A wheel that pip has installed."""
    _copy(_site_of(places.installed(version, False)), places.site)


def uv(places: Places, version: str) -> None:
    """A wheel that another tool than pip has installed."""
    pip(places, version)
    _rename_installer(places.site, version, "uv")


def extras(places: Places, version: str) -> None:
    """A wheel with libraries beside the module, a second package and a script."""
    prefix = places.installed(version, True)
    _copy(_site_of(prefix), places.site)
    _copy(prefix / "bin", places.scripts)


def setup_py(places: Places, version: str) -> None:
    """What setup.py install leaves where it does not make an egg: no list of files."""
    _write_sources(places.site, version)
    _write_egg_info(places.site / f"protobuf-{version}-py{PYTHON}.egg-info", version)


# At most one of these is where the interpreter installs to.
INSTALLED: dict[str, Maker] = {maker.__name__: maker for maker in (pip, uv, extras, setup_py)}


def user(places: Places, version: str) -> None:
    _copy(_site_of(places.installed(version, False)), _site_of(places.home / ".local"))


def target(places: Places, version: str) -> None:
    _target(places, version)
    (places.site / "app.pth").write_text(f"{places.root}/opt/app/lib\n")


def target_first(places: Places, version: str) -> None:
    _target(places, version)
    (places.site / "app-first.pth").write_text(f"import sys; sys.path.insert(0, '{places.root}/opt/app/lib')\n")


def target_uv(places: Places, version: str) -> None:
    target(places, version)
    _rename_installer(places.root / "opt/app/lib", version, "uv")


def _target(places: Places, version: str) -> None:
    _copy(_site_of(places.installed(version, False)), places.root / "opt/app/lib")


def pythonpath(places: Places, version: str) -> None:
    tree = _sources(places, "checkout", version)
    places.environment["PYTHONPATH"] = str(tree)


def develop(places: Places, version: str) -> None:
    tree = _develop(places, version, "develop")
    _easy_install(places, [str(tree)])


def develop_first(places: Places, version: str) -> None:
    """As setuptools before 49 did it: what it lists comes before everything else."""
    tree = _develop(places, version, "develop_first")
    begin = "import sys; sys.__plen = len(sys.path)"
    end = "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); "
    end += "sys.path[p:p]=new; sys.__egginsert = p+len(new)"
    _easy_install(places, [begin, str(tree), end])


def _develop(places: Places, version: str, name: str) -> Path:
    tree = _sources(places, name, version)
    _write_egg_info(tree / "protobuf.egg-info", version)
    (places.site / "protobuf.egg-link").write_text(f"{tree}\n.")
    return tree


def editable(places: Places, version: str) -> None:
    """PEP 660 with a path: what setuptools makes of a project whose packages lie in one folder."""
    tree = _sources(places, "editable", version)
    _editable(places, version, {f"__editable__.protobuf-{version}.pth": f"{tree}\n"})


def editable_finder(places: Places, version: str) -> None:
    """PEP 660 with a finder."""
    tree = _sources(places, "finder", version)
    name = f"__editable___protobuf_{version.replace('.', '_')}_finder"
    finder = _FINDER.format(namespace=[f"{tree}/google"], package=f"{tree}/google/protobuf")
    lines = {f"{name}.py": finder, f"__editable__.protobuf-{version}.pth": f"import {name}; {name}.install()\n"}
    _editable(places, version, lines)


_FINDER = """\
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname == "google":
            spec = ModuleSpec("google", None, is_package=True)
            spec.submodule_search_locations = {namespace!r}
            return spec
        if fullname == "google.protobuf":
            return spec_from_file_location(fullname, {package!r} + "/__init__.py")
def install():
    sys.meta_path.append(_EditableFinder)
"""


def egg(places: Places, version: str) -> None:
    _egg(places, version)


def egg_zip(places: Places, version: str) -> None:
    folder = _egg(places, version)
    packed = shutil.make_archive(str(places.root / "packed"), "zip", folder)
    shutil.rmtree(folder)
    Path(packed).rename(folder)


def _egg(places: Places, version: str) -> Path:
    folder = places.site / f"protobuf-{version}-py{PYTHON}.egg"
    _write_sources(folder, version)
    _write_egg_info(folder / "EGG-INFO", version)
    _easy_install(places, [f"./{folder.name}"])
    return folder


def apt(places: Places, version: str) -> None:
    files = {places.distribution_site / name: text.encode() for name, text in small_files(version).items()}
    info = places.distribution_site / f"protobuf-{version}.egg-info/PKG-INFO"
    files[info] = f"Name: protobuf\nVersion: {version}\n".encode()
    places.packages.install("python3-protobuf", f"{version}-1", files)


def base_pip(places: Places, version: str) -> None:
    """A copy that pip has installed beside the distribution's packages."""
    _copy(_site_of(places.installed(version, False)), places.distribution_site)


def sibling_in_google(places: Places, version: str) -> None:
    _distribution(places, "google_cloud", {"google/cloud/__init__.py": "", "google/cloud/storage.py": "one = 1\n"})


def sibling_in_protobuf(places: Places, version: str) -> None:
    """Another distribution that lists a file where ours are."""
    files = {
        "google/protobuf/extra_pb2.py": "one = 1\n",
        "google/protobuf/extras/__init__.py": "",
        "google/type.py": "",
    }
    _distribution(places, "google_extras", files)


def sibling_with_our_name(places: Places, version: str) -> None:
    files = {"protobuf_utils-1.0-py3.9-nspkg.pth": NSPKG, "protobuf_utils/__init__.py": ""}
    _distribution(places, "protobuf_utils", files)
    _distribution(places, "protobuf3_to_dict", {"protobuf_to_dict.py": ""})


def sibling_with_google_init(places: Places, version: str) -> None:
    text = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    _distribution(places, "google_namespace", {"google/__init__.py": text})


def foreign(places: Places, version: str) -> None:
    """Files that no list names."""
    for name in ("google/protobuf/local_patch.py", "google/notes.txt", "protobuf-notes.txt", "google/protobuf/data/x"):
        path = places.site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    (places.scripts / "protobuf-mine").write_text("#!/bin/sh\n")


def stale(places: Places, version: str) -> None:
    """What a killed pip leaves."""
    (places.site / "protobuf-3.0.0.dist-info").mkdir()
    (places.site / "protobuf-3.0.0.dist-info/METADATA").write_text("Name: protobuf\nVersion: 3.0.0\n")
    for name in ("~rotobuf-3.0.0.dist-info", "google/~rotobuf"):
        (places.site / name).mkdir(parents=True)
        (places.site / name / "x.py").write_text("")


def modes(places: Places, version: str) -> None:
    for path in (places.site / "google/protobuf").glob("*.py"):
        path.chmod(0o664)


def handmade(places: Places, version: str) -> None:
    """What make install leaves."""
    (places.prefix / "lib/libprotobuf.so.31").write_bytes(b"made by hand")
    (places.prefix / "lib/libprotobuf.so").symlink_to("libprotobuf.so.31")


def link_to_google(places: Places, version: str) -> None:
    _move_and_link(places.site / "google", places.root / "mnt/google")


def link_to_protobuf(places: Places, version: str) -> None:
    _move_and_link(places.site / "google/protobuf", places.root / "mnt/protobuf")


def link_to_internal(places: Places, version: str) -> None:
    _move_and_link(places.site / "google/protobuf/internal", places.root / "mnt/internal")


def link_to_module(places: Places, version: str) -> None:
    _move_and_link(places.site / "google/protobuf/message.py", places.home / "src/message.py")


def link_to_site(places: Places, version: str) -> None:
    _move_and_link(places.site, places.root / "mnt/site-packages")


def link_to_lib(places: Places, version: str) -> None:
    _move_and_link(places.prefix / "lib", places.root / "mnt/lib")


def link_to_prefix(places: Places, version: str) -> None:
    _move_and_link(places.prefix, places.root / "mnt/local")


def _move_and_link(path: Path, target: Path) -> None:
    if path.exists() and not path.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        path.symlink_to(target)


# In the order in which they are made: links lead to what is there.
OTHERS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        *(user, target, target_first, target_uv, pythonpath, develop, develop_first, editable, editable_finder),
        *(egg, egg_zip, apt, base_pip),
        *(sibling_in_google, sibling_in_protobuf, sibling_with_our_name, sibling_with_google_init),
        *(foreign, stale, modes, handmade),
        *(link_to_module, link_to_internal, link_to_protobuf, link_to_google, link_to_site),
        *(link_to_lib, link_to_prefix),
    )
}


def make_state(places: Places, installed: str | None, others: dict[str, str], version: str) -> None:
    """Make a state: one of INSTALLED of that version, and others, each with a version of its own."""
    # dpkg removes a folder with the last file in it, and there are others on a board.
    for name in ("lib", "include", "include/google", "bin"):
        (places.prefix / name).mkdir(exist_ok=True)
        (places.prefix / name / "of-others").write_text("")
    if installed:
        INSTALLED[installed](places, version)
    for name, maker in OTHERS.items():
        if name in others:
            maker(places, others[name])


def _write_sources(place: Path, version: str) -> None:
    for name, text in small_files(version).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)


def _sources(places: Places, name: str, version: str) -> Path:
    """Write somebody's source tree, with work that is nowhere else."""
    tree = places.home / "src" / name
    _write_sources(tree, version)
    (tree / "google/protobuf/uncommitted.py").write_text("work = 'of weeks'\n")
    (tree / "setup.py").write_text("")
    return tree


def _write_egg_info(folder: Path, version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "PKG-INFO").write_text(f"Metadata-Version: 1.1\nName: protobuf\nVersion: {version}\n")


def _easy_install(places: Places, lines: list[str]) -> None:
    path = places.site / "easy-install.pth"
    known = path.read_text() if path.exists() else "./six-1.16.0-py3.9.egg\n"
    path.write_text(known + "".join(f"{line}\n" for line in lines))


def _rename_installer(site: Path, version: str, name: str) -> None:
    info = site / f"protobuf-{version}.dist-info"
    (info / "INSTALLER").write_text(f"{name}\n")
    lines = (info / "RECORD").read_text().splitlines()
    lines = [f"{info.name}/INSTALLER,," if line.startswith(f"{info.name}/INSTALLER,") else line for line in lines]
    (info / "RECORD").write_text("".join(f"{line}\n" for line in lines))


def _editable(places: Places, version: str, files: dict[str, str]) -> None:
    info = f"protobuf-{version}.dist-info"
    if (places.site / info).exists():
        return
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: protobuf\nVersion: {version}\n",
        f"{info}/INSTALLER": "pip\n",
        f"{info}/direct_url.json": '{"dir_info": {"editable": true}, "url": "file:///src"}',
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    _write_all(places.site, files)


def _distribution(places: Places, name: str, files: dict[str, str]) -> None:
    info = f"{name}-1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n",
        f"{info}/INSTALLER": "pip\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    _write_all(places.site, files)


def _write_all(place: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
