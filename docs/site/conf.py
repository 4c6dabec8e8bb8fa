# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site from what antsibull-docs has written (the session site). It needs no network."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

project = "jetfleet.protobuf"
copyright = "jetfleet.protobuf contributors"  # noqa: A001 - the name that Sphinx asks for
html_title = html_short_title = project

extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_copy_source = False
html_use_index = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
default_role = "any"
nitpicky = True

ANSIBLE = "https://docs.ansible.com/ansible-core/2.16/"
# Labels of Ansible's own documentation that pages refer to. Any other that is not here is a warning, and fails the session.
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
BUILTIN = re.compile(r"ansible_collections\.(ansible)\.(builtin)\.(\w+?_module)(?:__\S+)?$")


def ansible_page(label: str) -> str | None:
    """Return the address of a label of Ansible's documentation."""
    if builtin := BUILTIN.match(label):
        return ANSIBLE + "collections/{}/{}/{}.html".format(*builtin.groups())
    return ANSIBLE + ANSIBLE_PAGES[label] if label in ANSIBLE_PAGES else None


def resolve(_app: Any, _env: Any, node: Any, content: nodes.TextElement) -> nodes.reference | None:
    """Link what this site does not have itself."""
    page = ansible_page(node["reftarget"])
    return nodes.reference("", "", content, refuri=page, internal=False) if page else None


def setup(app: Any) -> None:
    """Take part in the build."""
    app.connect("missing-reference", resolve)
