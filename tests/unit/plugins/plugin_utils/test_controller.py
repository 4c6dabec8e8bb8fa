# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that is too old is refused in one sentence, and all files say the same of what is too old."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import ansible.release
import pytest
import yaml
from ansible.errors import AnsibleError
from ansible_collections.jetfleet.protobuf.plugins import plugin_utils
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

ROOT = Path(__file__).parents[4]
GATE = ROOT / "plugins/plugin_utils/__init__.py"
# Where ansible-core is.
PACKAGES = Path(ansible.release.__file__).parents[1]


def test_a_python_that_is_too_old_is_refused() -> None:
    python = need_python("3.9")
    code = f"import sys, runpy; sys.path.append({str(PACKAGES)!r}); runpy.run_path({str(GATE)!r})"
    ended = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "ansible.errors.AnsibleError: jetfleet.protobuf needs ansible-core 2.15 or newer with Python 3.10 or newer on the controller, "
        f"and this is ansible-core {ansible.release.__version__} with Python 3.9 ({python}): make an environment with "
        "python3.10 -m venv or newer, install ansible-core into it, and run its ansible-playbook."
    )


@pytest.mark.parametrize(("core", "refused"), [("2.14.18", True), ("2.15.0rc1", False), ("2.100.1.dev0", False)])
def test_a_core_that_is_too_old_is_refused(core: str, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ansible.release, "__version__", core)
    if refused:
        with pytest.raises(AnsibleError, match=f"this is ansible-core {core} with"):
            runpy.run_path(str(GATE))
    else:
        runpy.run_path(str(GATE))


def test_every_file_names_the_same_core_and_python() -> None:
    core, python = (".".join(map(str, oldest)) for oldest in (plugin_utils.OLDEST_CORE, plugin_utils.OLDEST_PYTHON))
    assert yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"] == f">={core}.0"
    for path in ROOT.glob("roles/*/meta/main.yml"):
        assert yaml.safe_load(path.read_text())["galaxy_info"]["min_ansible_version"] == core, path
    for page in ("README.md", "docs/docsite/rst/guide_provision.rst"):
        text = (ROOT / page).read_text()
        assert f"ansible-core {core} or newer" in text, page
        assert f"Python {python}" in text, page
