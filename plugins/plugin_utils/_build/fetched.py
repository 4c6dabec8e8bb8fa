# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that were fetched from a builder, with the sums that the builder gave them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def fetched_files(fetched: Mapping[str, Any], stated: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return path on the controller and SHA-256 on the builder of each file, from a loop of fetch and one of stat."""
    # What the builder says is compared with what came: without a sum, nothing is equal to it.
    sums = {result["item"]: result["stat"].get("checksum", "none") for result in stated["results"]}
    return [{"path": result["dest"], "sha256": sums[result["item"]]} for result in fetched["results"]]
