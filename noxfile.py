# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# /// script
# dependencies = ["nox==2026.10.20", "antsibull-nox==1.10.0"]
# ///
"""The gates. `make test` runs the default sessions, three at a time; `nox -s NAME` runs one of them."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import antsibull_nox
import nox
import nox.command

ROOT = Path(__file__).parent.resolve()
WORK = ROOT / ".nox"
VENV = WORK / "controller"
# A link to the checkout, so that Ansible, pytest and mypy find the collection wherever the checkout is.
LINKS = WORK / "collections"
COLLECTION = Path("ansible_collections/jetfleet/protobuf")
REQUIREMENTS = [ROOT / "requirements" / f"{name}.txt" for name in ("controller", "lint", "test", "molecule")]
CONTROLLER_CODE = ["plugins/action", "plugins/filter", "plugins/plugin_utils"]
BOARD_CODE = ["plugins/modules", "plugins/module_utils", "roles/python_protobuf/files"]

# Container boards live in the user's podman, so their sessions keep HOME.
BOARDS = {
    "ANSIBLE_COLLECTIONS_PATH": str(LINKS),
    "ANSIBLE_HOME": str(WORK / "ansible"),
    "HYPOTHESIS_STORAGE_DIRECTORY": str(WORK / "cache/hypothesis"),
    "MYPYPATH": str(LINKS),
    "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
    "PIP_CACHE_DIR": str(WORK / "cache/pip"),
    "PYENV_ROOT": os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")),
    "VIRTUAL_ENV": str(VENV),
}
# All others leave nothing there.
GATES = BOARDS | {"HOME": str(WORK / "home"), "XDG_CACHE_HOME": str(WORK / "cache")}

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "none"
nox.options.allow_parallel = True
antsibull_nox.load_antsibull_nox_toml()


def run_each(session: nox.Session, *commands: list[str], env: Mapping[str, str | None] = GATES) -> None:
    """Run all the commands, those of the environment first, so that one run shows everything that is wrong."""
    failed = []
    for name, *arguments in commands:
        program = VENV / "bin" / name
        try:
            session.run(str(program) if program.exists() else name, *arguments, env=env)
        except nox.command.CommandFailed:
            failed.append(name)
    if failed:
        session.error(f"{', '.join(failed)} found something: see above.")


def log_of(session: nox.Session) -> Path:
    """Return the file in which a session says what it is doing, for who watches it."""
    log = WORK / "logs" / f"{session.name}.log"
    log.parent.mkdir(exist_ok=True)
    return log


def run_pytest(session: nox.Session, *arguments: str, env: dict[str, str] = GATES) -> None:
    """Run tests, with a report for the count of all sessions and the profile."""
    report = f"--junit-xml={WORK / 'reports' / (session.name + '.xml')}"
    run_each(session, ["pytest", report, *arguments], env=env | {"JETFLEET_LOG": str(log_of(session))})


def copied_tree(name: str) -> str:
    """Return a copy of what git would commit, below ansible_collections, where ansible-test and the build want it."""
    place = WORK / "copies" / name
    shutil.rmtree(place, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for file in filter(None, listed.split("\0")):
        if (ROOT / file).is_file():
            target = place / COLLECTION / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target)
    return str(place / COLLECTION)


def build_command(session: nox.Session, folder: Path) -> list[str]:
    """Return the command that builds the tarball into the folder."""
    tree = copied_tree(session.name)
    return ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(folder), tree]


def make_environment(session: nox.Session, place: Path, requirements: list[Path]) -> None:
    """Make an environment from the requirements, unless it is there already."""
    wanted = hashlib.sha256(sys.version.encode())
    for path in (*requirements, ROOT / "requirements/constraints.txt"):
        wanted.update(path.read_bytes())
    stamp = place / "jetfleet-requirements"
    if stamp.exists() and stamp.read_text() == wanted.hexdigest():
        return
    run_each(session, [sys.executable, "-m", "venv", "--clear", str(place)])
    files = [argument for path in requirements for argument in ("-r", str(path))]
    install = ["-m", "pip", "install", "-qq", *files, "-c", "requirements/constraints.txt"]
    run_each(session, [str(place / "bin/python"), *install])
    stamp.write_text(wanted.hexdigest())


@nox.session
def setup(session: nox.Session) -> None:
    """Make the one environment that nearly every other session uses."""
    (WORK / "home").mkdir(parents=True, exist_ok=True)
    make_environment(session, VENV, REQUIREMENTS)
    link = LINKS / COLLECTION
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT)
    for packages in (VENV / "lib").glob("python3*/site-packages"):
        (packages / "jetfleet.pth").write_text(f"{LINKS}\n")


OWN_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


# Of molecule's boards; the tests' are of this machine's architecture.
MOLECULE_ARCHITECTURE = os.environ.get("ARCH") or "arm64"


def make_images(session: nox.Session, architecture: str) -> None:
    """Make this machine able to run boards of an architecture, and the images that they run."""
    session.run("molecule/shared/setup.sh", architecture)
    # pip of this Python downloads what is in them.
    environment = {"JETFLEET_PYTHON": sys.executable, "ARCH": MOLECULE_ARCHITECTURE}
    session.run("molecule/shared/image/build.sh", architecture, "", "base", "opencv", env=environment)


# The sessions that take longest come first, and none waits for what it does not need: this one not even for the tools.
@nox.session
def images(session: nox.Session) -> None:
    """Make the images of container boards of this machine's own architecture."""
    make_images(session, OWN_ARCHITECTURE)


@nox.session(requires=["setup", "images"])
def shared(session: nox.Session) -> None:
    """Make what sessions with container boards share (keys, the source), so that they do not do it at once."""
    prepare = ["ansible-playbook", "molecule/shared/prepare.yml", "-i", "inventories/containers"]
    run_each(session, prepare, env=BOARDS | {"ARCH": OWN_ARCHITECTURE})


def run_boards(session: nox.Session, tests: str, *options: str, **variables: str) -> None:
    """Run tests that reach container boards over SSH."""
    with tempfile.TemporaryDirectory() as sockets:
        # Sockets of SSH need a short path, which the checkout may not have.
        environment = BOARDS | {"ANSIBLE_SSH_CONTROL_PATH_DIR": sockets} | variables
        run_pytest(session, tests, "-v", *options, *session.posargs, env=environment)


# Before fleet, which uses what this one builds.
@nox.session(requires=["shared"])
def boards(session: nox.Session) -> None:
    """Take boards (containers of the machine's own architecture) through bad input and through every cure."""
    run_boards(session, "tests/boards")


# After the images of this machine's own architecture, from which it takes what is the same.
@nox.session(requires=["images"])
def arm_images(session: nox.Session) -> None:
    """Make the images of molecule's boards, ARM or what ARCH says."""
    make_images(session, MOLECULE_ARCHITECTURE)


# Boards of a release or image that somebody has chosen share nothing with other sessions.
@nox.session(requires=["setup" if os.environ.get("RELEASE") or os.environ.get("IMAGE") else "shared", "arm_images"])
def molecule(session: nox.Session) -> None:
    """Provision ARM boards (containers; or what ARCH and RELEASE say) over SSH with molecule."""
    command = ["python", "tests/gates/molecule.py", *(session.posargs or ["test", "--all"])]
    run_each(session, command, env=BOARDS | {"ARCH": MOLECULE_ARCHITECTURE, "ANSIBLE_LOG_PATH": str(log_of(session))})


@nox.session(requires=["shared"])
def fleet(session: nox.Session) -> None:
    """Take a fleet (containers of the machine's own architecture) through waves, kills, rollbacks and bad links."""
    run_boards(session, "tests/fleet")


@nox.session(requires=["shared"])
def jetpack(session: nox.Session) -> None:
    """Take a board with the tools of JetPack 4 (Python 3.6, pip 9, setuptools 39, locale C) through everything and back."""
    run_boards(session, "tests/jetpack")


@nox.session(requires=["shared"], default=False)
def kills(session: nox.Session) -> None:
    """Kill a hundred times what a hundred times must not matter: controllers, transactions, boards."""
    transactions = "tests/unit/plugins/module_utils/_transaction"
    models = [f"{transactions}/{name}.py" for name in ("test_board_model", "test_always_importable")]
    run_boards(session, "tests/fleet/test_kills.py", *models, "-s", JETFLEET_KILLS="100")


@nox.session(requires=["shared"], default=False)
def power(session: nox.Session) -> None:
    """Cut the power of boards with a kernel and a disk of their own (User Mode Linux, on x86 only)."""
    if not shutil.which("linux.uml"):
        session.run("molecule/shared/apt.sh", "--no-install-recommends", "user-mode-linux")
    run_boards(session, "tests/power")


# Short ones, for the time until there are images; what is left of them then comes after the boards.
@nox.session(requires=["setup"])
def python(session: nox.Session) -> None:
    """Check Python: ruff, mypy on controller code, vermin on board code, and that packages import only from below."""
    checked = [path for path in (*CONTROLLER_CODE, "tests", "benchmarks", "molecule") if any(Path(path).rglob("*.py"))]
    run_each(
        session,
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["vermin", "--config-file", "vermin.ini", "--violations", *BOARD_CODE],
        ["mypy", *(str(LINKS / COLLECTION / path) for path in (*checked, "noxfile.py", "conftest.py"))],
        ["pytest", "--quiet", "tests/unit/plugins/test_layers.py"],
    )


@nox.session(requires=["setup"])
def ansible(session: nox.Session) -> None:
    """Check YAML and Ansible content: yamllint, ansible-lint with profile production and an empty skip list."""
    run_each(session, ["yamllint", "--strict", "."], ["ansible-lint", "--strict", "--nocolor"])


@nox.session(requires=["setup"])
def docs(session: nox.Session) -> None:
    """Check the documentation of plugins and roles, the references in it, and the fragments of the changelog."""
    command = ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "--check-extra-docs-refs"]
    with session.chdir(LINKS / COLLECTION):
        run_each(
            session,
            [*command, "--validate-collection-refs=dependent", "--disallow-unknown-collection-refs", "."],
            ["antsibull-changelog", "lint"],
        )


@nox.session(requires=["setup"])
def site(session: nox.Session) -> None:
    """Build the documentation site, in .nox/site/html; each warning of antsibull-docs and Sphinx fails."""
    built = WORK / "site"
    shutil.rmtree(built, ignore_errors=True)
    pages = built / "rst"
    pages.mkdir(parents=True)
    # antsibull-docs refuses a folder that others may write to.
    pages.chmod(0o755)
    write = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    run_each(session, [*write, f"--dest-dir={pages}", "jetfleet.protobuf"])
    run_each(
        session, ["sphinx-build", "-M", "html", str(pages), str(built), "-c", "docs/site", "-q", "-W", "--keep-going"]
    )


@nox.session(requires=["setup"])
def package(session: nox.Session) -> None:
    """Build the collection, let Galaxy's own importer judge the result where the checkout is not to be found, and check licences."""
    run_each(session, ["reuse", "lint"])
    importer = WORK / "importer"
    make_environment(session, importer, [ROOT / "requirements/importer.txt"])
    built = WORK / "built"
    shutil.rmtree(built, ignore_errors=True)
    run_each(session, build_command(session, built))
    (tarball,) = built.iterdir()
    run_each(session, ["python", "tests/gates/package.py", str(tarball), str(importer / "bin")])


# What is left.
@nox.session(requires=["setup"], default=False)
def check(session: nox.Session) -> None:
    """Run the lint and the unit tests that the change at hand needs."""
    run_each(session, ["python", "tests/gates/check.py", *session.posargs])


@nox.session(requires=["setup"])
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity."""
    run_each(session, ["python", "tests/gates/sanity.py", copied_tree("sanity")])


@nox.session(requires=["setup"])
def integration(session: nox.Session) -> None:
    """Run the integration targets of the public modules, as ansible-test runs those of any collection."""
    tree = copied_tree("integration")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    # Without a repository of its own the tree belongs to the one around it, which ignores it.
    session.run("git", "init", "--quiet", tree)
    with session.chdir(tree):
        # ansible-test finds the collection by the folder, and sets all other variables itself.
        environment = GATES | {"ANSIBLE_COLLECTIONS_PATH": None, "LC_ALL": "C.UTF-8"}
        run_each(session, ["ansible-test", "integration", "--local", "--python", python], env=environment)


@nox.session(requires=["setup"])
def browser(session: nox.Session) -> None:
    """Use the drift report's page in Debian's Chromium, without a network."""
    if not shutil.which("chromium"):
        session.run("molecule/shared/apt.sh", "--no-install-recommends", "chromium")
    run_pytest(session, *(session.posargs or ["tests/browser"]))


@nox.session(requires=["setup"])
def interpreters(session: nox.Session) -> None:
    """Run the modules through AnsiballZ under every Python that is installed."""
    run_pytest(session, *(session.posargs or ["tests/interpreters"]))


# Last of those that need no image: it is long, and they would wait behind it.
@nox.session(requires=["setup"])
def unit(session: nox.Session) -> None:
    """Run the unit tests."""
    # Services are restarted by a systemd of the tests' own.
    if not Path("/lib/systemd/systemd").exists():
        session.run("molecule/shared/apt.sh", "--no-install-recommends", "systemd")
    # Two processes, because nothing may be left to run beside it. All tests of a file share what the file makes.
    run_pytest(session, *(session.posargs or ["-n", "2", "--dist", "loadfile", "tests/unit"]))


@nox.session(requires=["setup"], default=False)
def tensorflow(session: nox.Session) -> None:
    """Let TensorFlow 1.12 and a current one look at every graph of the tests before and after graph_repack."""
    run_pytest(session, *(session.posargs or ["tests/tensorflow"]))


@nox.session(requires=["setup"], default=False)
def fuzz(session: nox.Session) -> None:
    """Let boards, tools and files say anything, 20000 times for each test."""
    chosen = session.posargs or ["-m", "fuzz", "tests/unit"]
    run_pytest(session, "--hypothesis-profile=long", "-n", "2", "--hypothesis-show-statistics", *chosen)


@nox.session(requires=["setup"], default=False)
def build(session: nox.Session) -> None:
    """Build the collection's tarball beside this file."""
    run_each(session, build_command(session, ROOT))


@nox.session(requires=["setup"], default=False)
def release(session: nox.Session) -> None:
    """Make a release of the checkout: changelog, version, checks, commit, tag and tarball. Pushing the tag publishes it."""
    step = ["python", "tests/gates/release.py"]
    version = "".join(session.posargs)
    run_each(session, [*step, "prepare", version])
    docs(session)
    package(session)
    # git knows by HOME who commits.
    run_each(session, [*step, "tag", version], env=BOARDS)
    build(session)


@nox.session(requires=["setup"], default=False, name="format")
def format_code(session: nox.Session) -> None:
    """Format the Python files."""
    run_each(session, ["ruff", "check", "--fix", "--select", "I", "."], ["ruff", "format", "."])


if __name__ == "__main__":
    nox.main()
