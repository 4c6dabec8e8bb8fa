# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin graph_repack: runs the module, and makes no variables of what a host says."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.no_facts import NoFactsAction


class ActionModule(NoFactsAction):
    """Run the module."""
