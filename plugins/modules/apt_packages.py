#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: apt_packages
short_description: "[INTERNAL] Install packages of the distribution, without python-apt"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Installs packages with C(apt-get), without those that they recommend.
  - Unlike M(ansible.builtin.apt) it needs nothing on the host but C(apt-get). It works where there is no C(python-apt) for the
    Python that Ansible uses, as on Ubuntu 16.04, and in check mode there, too.
  - What is there already costs one look into dpkg's database. The package lists are updated only where an installation fails
    without that.
  - Where C(dpkg) was interrupted, apt refuses to work. What was unpacked is configured then, and what was being unpacked is
    installed again.
  - It needs root's rights.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes
attributes:
  check_mode:
    support: full
    details:
      - Reports missing packages, and lets C(apt-get) simulate the installation with the current package lists.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    support: full
options:
  packages:
    description:
      - Names of packages, optionally as C(name:architecture).
      - They are passed to C(apt-get), so C(name=version) works, too.
    type: list
    elements: str
    required: true
  foreign_architecture:
    description: A foreign architecture whose packages C(dpkg) should accept. The package lists are updated when it is new.
    type: str
  lock_timeout:
    description: Seconds to wait for other processes to release the locks of apt and dpkg.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Install a dependency of the protobuf module
  jetfleet.protobuf.apt_packages:
    packages:
      - python3-six
  become: true

- name: Install the headers of Python for another architecture
  jetfleet.protobuf.apt_packages:
    packages:
      - libpython3-dev:arm64
    foreign_architecture: arm64
  become: true
"""

RETURN = r"""
missing:
  description: The O(packages) that were not installed before.
  returned: success
  type: list
  elements: str
  sample: [python3-six]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build.apt import Apt
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text


def run(options, check_mode):
    """Return the result of the module; raise Failure."""
    apt = Apt(options["lock_timeout"])
    missing = apt.missing(options["packages"])
    architecture = options["foreign_architecture"]
    is_new = bool(architecture) and apt.lacks_architecture(architecture)
    changed = is_new
    if check_mode:
        # The package lists do not contain a new architecture yet.
        changed = is_new or (bool(missing) and apt.would_change(missing))
    else:
        if is_new:
            apt.add_architecture(architecture)
        if missing:
            changed = apt.install(missing) or is_new
    return dict(changed=changed, missing=missing)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            packages=dict(type="list", elements="str", required=True),
            foreign_architecture=dict(type="str"),
            lock_timeout=dict(type="int", default=300),
        ),
        supports_check_mode=True,
    )
    convert_text(module)
    try:
        result = run(module.params, module.check_mode)
    except Failure as failure:
        module.fail_json(msg=str(failure))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
