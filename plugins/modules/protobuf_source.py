#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: protobuf_source
short_description: Check a source archive of protobuf
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Says whether a file is the source archive of one release of protobuf, before anything is done with it.
  - The file must have the given SHA-256, be a tar archive with one folder at its top and nothing outside of it,
    and name the given version in its C(configure.ac).
  - Runs on the host that has the archive, which is usually the controller.
options:
  path:
    description: The archive.
    type: path
    required: true
  version:
    description: The release that the archive must hold.
    type: str
    required: true
  sha256:
    description: The SHA-256 that the archive must have.
    type: str
    required: true
attributes:
  check_mode:
    description: Can run in check mode and returns the same as without.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details:
      - Nothing is ever changed.
seealso:
  - module: jetfleet.protobuf.artefact_store
"""

EXAMPLES = r"""
- name: Check the source archive
  jetfleet.protobuf.protobuf_source:
    path: /srv/protobuf-all-3.6.0.tar.gz
    version: 3.6.0
    sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af
  delegate_to: localhost
"""

RETURN = r"""
root:
  description: Name of the one folder at the top of the archive.
  returned: success
  type: str
  sample: protobuf-3.6.0
has_configure:
  description: Whether the archive holds a generated C(configure). Where it does not, C(autogen.sh) has to be run.
  returned: success
  type: bool
  sample: true
has_googletest:
  description: Whether the archive holds googletest, without which C(make check) cannot run.
  returned: success
  type: bool
  sample: true
bytes:
  description: Size of the archive.
  returned: success
  type: int
  sample: 7108480
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build.source_archive import SourceError, inspect_source
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import speak_text


def main():
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            version=dict(type="str", required=True),
            sha256=dict(type="str", required=True),
        ),
        supports_check_mode=True,
    )
    speak_text(module)
    try:
        found = inspect_source(module.params["path"], module.params["version"], module.params["sha256"])
    except SourceError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
