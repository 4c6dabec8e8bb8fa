# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the TensorFlow that an interpreter would import, and the protobuf it requires; nothing is imported."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import required_specifier

# The builds of TensorFlow on PyPI: Google's, AWS's and Linaro's for ARM, AMD's. NVIDIA's have Google's names.
_NAME = re.compile(r"(?:tensorflow|tf-nightly)(?:-(?:aarch64|cpu|cpu-aws|gpu|rocm))?\Z")


def tensorflow_facts(found):
    """Return {name, version, requires_protobuf} of the first TensorFlow among the distributions; None without one."""
    builds = [item for item in found if _NAME.match(item["name"])]
    if not builds:
        return None
    # On ARM, the distribution tensorflow only requires tensorflow-cpu-aws, which lies beside it.
    beside = [_describe(item) for item in builds if item["location"] == builds[0]["location"]]
    return next((build for build in beside if build["requires_protobuf"]), beside[0])


def _describe(item):
    specifier = required_specifier(item, "protobuf")
    return dict(name=item["name"], version=item["version"], requires_protobuf=specifier)
