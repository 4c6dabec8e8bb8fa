#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: protobuf_transaction
short_description: "[INTERNAL] Install protobuf on a board as a whole, or leave the board as it was"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Installs a Debian package of the C++ library and a wheel of the Python module in one transaction.
  - The files are verified before anything is changed. Their sums are the ones that the options name, and every binary in
    them is for the machine, the Python ABI and the glibc of the board. What is not so is refused.
  - What is there is kept first. Then the new is installed and judged. When it is not healthy, or when anything fails,
    everything is restored exactly as it was, which is verified by checksums and by what is imported then, and the module
    fails with RV(rolled_back=true).
  - C(pip) installs into a hidden folder beside the module that is there. From there the module is switched, so that a process
    that imports C(google.protobuf) gets all of the old one or all of the new one, whenever it does.
  - What is removed of an older module is what its own list of files names (C(RECORD), C(installed-files.txt), an egg-link),
    and no file that another distribution or a Debian package lists.
  - A run that is killed at any moment is finished, or undone, by the next one with the same options.
  - Files are installed with C(dpkg) and with one run of C(pip). For a folder below C(/usr) root does that, and for any other
    folder its owner, who also writes and removes the files there. Folders that are there already get the owner and mode of new ones, as far
    as they belong to protobuf alone.
  - M(jetfleet.protobuf.protobuf_install) runs this on a board. It needs root's rights.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes
  - jetfleet.protobuf.attributes.facts
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - M(jetfleet.protobuf.protobuf_plan) distinguishes them.
  idempotent:
    support: partial
    details:
      - With O(package), O(wheel), O(remove_copies), O(unlist_copies), O(adopt_files) or O(refresh_linker_cache) it does what
        they say, every time. A plan that finds nothing to do names none of them.
  platform:
    support: full
options:
  state:
    description:
      - V(present) installs.
      - V(absent) removes what this module installed and puts back the module and the files of C(/usr/local) that were
        there before it came first. A module that was installed by other means since stays. The packages of the
        distribution are not touched.
    type: str
    choices: [present, absent]
    default: present
  executable:
    description:
      - The Python interpreter to install the module for. A board has one that is managed.
    type: path
    default: /usr/bin/python3
  abi_key:
    description: ABI key of what is installed. Required for O(state=present).
    type: str
  package:
    description: The Debian package of the C++ library to install. Without it, the library stays.
    type: dict
    suboptions: &file
      name:
        description: Name of the file.
        type: str
        required: true
      version:
        description: Version of what it holds, as dpkg or pip calls it.
        type: str
        required: true
      sha256:
        description: The SHA-256 that the file must have.
        type: str
        required: true
      bytes:
        description: The size of the file. Required with C(url), whose server is read no further.
        type: int
      path:
        description:
          - The file on the board. One that lies in C(.cache/jetfleet/<sha256>) is removed with that folder as soon as
            it is copied.
          - Exactly one of C(path) and C(url) is needed.
        type: path
      url:
        description: Where the board gets the file from, instead of C(path).
        type: str
  wheel:
    description: The wheel of the Python module to install. Without it, the module stays.
    type: dict
    suboptions: *file
  pip_install:
    description: The command that installs a wheel whose path is added to it. Required with O(wheel).
    type: list
    elements: str
    default: []
  remove_copies:
    description: Folders of the search path and eggs whose protobuf is removed after the wheel has been installed.
    type: list
    elements: path
    default: []
  unlist_copies:
    description:
      - Copies of protobuf outside the interpreter's own folders that are taken off the search path after the wheel has been
        installed. Their files stay. A rollback and O(state=absent) put them back on it.
    type: list
    elements: dict
    default: []
    suboptions:
      location:
        description: Folder or egg on the search path.
        type: path
        required: true
      listed_in:
        description: The C(easy-install.pth), C(*.egg-link) or C(__editable__*) file of the interpreter that puts it there.
        type: path
        required: true
  adopt_files:
    description:
      - Files under C(/usr/local) that no package owns and that are removed before the package is installed.
      - O(state=absent) puts them back.
    type: list
    elements: path
    default: []
  refresh_linker_cache:
    description: Run C(ldconfig). C(dpkg) does so by itself when O(package) is installed.
    type: bool
    default: false
  expected:
    description: What the board must show in the end. Required for O(state=present).
    type: dict
    suboptions:
      python_version:
        description:
          - Version of the module.
          - Without it, the module is not judged, and pip's constraint is left as it is.
        type: str
      soname_major:
        description:
          - The number in the soname of the library, whose package must be whole then.
          - Without it, the library is not judged.
        type: int
      linkage:
        description: Whether the module uses the library (V(shared)) or contains it (V(static)). Without it, either will do.
        type: str
        choices: [shared, static]
  load_time_budget:
    description: Seconds that loading a graph may take, if V(load_time) is gathered. With V(0) it is not judged.
    type: float
    default: 0
  constraint:
    description:
      - Whether pip is kept from installing another version of protobuf on this board, with a line C(constraint) in the
        section C(install) of C(/etc/pip.conf).
      - It holds for every pip on the board. A pip that is asked for another version fails then.
    type: bool
    default: false
  restart_units:
    description:
      - Units of systemd that are restarted in this order as soon as the new is healthy, or the old is back, if files of protobuf have changed.
      - A unit that does not stay active counts as any other failure. The board goes back to what it was, and the units that were
        restarted are restarted on that once more.
      - Nothing else is ever restarted.
    type: list
    elements: str
    default: []
  restart_seconds:
    description: Seconds that each of O(restart_units) has to stay active after its restart.
    type: int
    default: 10
  lock_timeout:
    description: Seconds to wait for another run that is changing the board.
    type: int
    default: 60
  dpkg_lock_timeout:
    description: Seconds to wait for another process that uses dpkg.
    type: int
    default: 300
  download_timeout:
    description: Seconds that fetching one file may take in all.
    type: int
    default: 600
  download_retries:
    description: How often a connection that broke is made again. What was fetched is not fetched twice.
    type: int
    default: 3
  gather_subset:
    description:
      - What to gather in the end, as in M(jetfleet.protobuf.protobuf_facts).
      - V(module), V(libraries), V(packages) and V(installation) are gathered in any case.
      - V(tools) never is. It is of use before an installation, and would run pip once more.
    type: list
    elements: str
    default:
      - board
      - python
      - module
      - libraries
      - protoc
      - packages
      - installation
      - development
      - tools
      - processes
  timeout:
    description: Seconds that each child process may take while facts are gathered.
    type: int
    default: 60
  time_budget:
    description: Seconds after which the load time is not measured once more.
    type: float
    default: 30
  values:
    description: Number of values in the graph whose load time is measured.
    type: int
    default: 1000000
seealso:
  - module: jetfleet.protobuf.protobuf_facts
  - module: jetfleet.protobuf.protobuf_plan
"""

EXAMPLES = r"""
- name: Remove the installation, and put back what was there before
  jetfleet.protobuf.protobuf_transaction:
    state: absent
  become: true
"""

RETURN = r"""
rolled_back:
  description: Whether the board was put back to what it was, in which case the module fails.
  returned: always
  type: bool
reason:
  description: Why the board was put back, or could not be. V(null) where all went well.
  returned: always
  type: str
restart_needed:
  description:
    - The processes that still use a protobuf that was replaced, in the end.
    - Each is as in RV(jetfleet.protobuf.protobuf_facts#module:ansible_facts.jetfleet.processes.old).
  returned: unless the options were refused
  type: list
  elements: dict
failed_units:
  description: A sentence for each unit that did not stay active on what the board was put back to.
  returned: unless the options were refused
  type: list
  elements: str
ansible_facts:
  description: The facts after the transaction, as M(jetfleet.protobuf.protobuf_facts) returns them.
  returned: unless the options were refused
  type: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import (
    DEFAULT_SUBSETS,
    gather,
    wanted_subsets,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.health import SUBSETS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.install import Installation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.remove import Removal

_POSITIVE = ("timeout", "values", "time_budget", "download_timeout")
_NOT_NEGATIVE = ("restart_seconds", "lock_timeout", "dpkg_lock_timeout", "download_retries", "load_time_budget")
# What protobuf_facts would measure by default, and what is not an option here.
# Whatever load the transaction itself has made, what it has changed is tried.
_MEASURED = dict(
    graph=None,
    graphs=[],
    workload="float_val",
    runs=3,
    compare_backends=False,
    memory_reserve=RESERVE,
    max_load=0,
    max_temperature=0,
)


def argument_spec():
    file_options = dict(
        name=dict(type="str", required=True),
        version=dict(type="str", required=True),
        sha256=dict(type="str", required=True),
        bytes=dict(type="int"),
        path=dict(type="path"),
        url=dict(type="str"),
    )
    unlisted = dict(location=dict(type="path", required=True), listed_in=dict(type="path", required=True))
    expected = dict(
        python_version=dict(type="str"),
        soname_major=dict(type="int"),
        linkage=dict(type="str", choices=["shared", "static"]),
    )
    return dict(
        state=dict(type="str", choices=["present", "absent"], default="present"),
        executable=dict(type="path", default="/usr/bin/python3"),
        abi_key=dict(type="str", no_log=False),
        package=dict(type="dict", options=file_options),
        wheel=dict(type="dict", options=file_options),
        pip_install=dict(type="list", elements="str", default=[]),
        remove_copies=dict(type="list", elements="path", default=[]),
        unlist_copies=dict(type="list", elements="dict", options=unlisted, default=[]),
        adopt_files=dict(type="list", elements="path", default=[]),
        refresh_linker_cache=dict(type="bool", default=False),
        expected=dict(type="dict", options=expected),
        load_time_budget=dict(type="float", default=0),
        constraint=dict(type="bool", default=False),
        restart_units=dict(type="list", elements="str", default=[]),
        restart_seconds=dict(type="int", default=10),
        lock_timeout=dict(type="int", default=60),
        dpkg_lock_timeout=dict(type="int", default=300),
        download_timeout=dict(type="int", default=600),
        download_retries=dict(type="int", default=3),
        gather_subset=dict(type="list", elements="str", default=list(DEFAULT_SUBSETS)),
        timeout=dict(type="int", default=60),
        time_budget=dict(type="float", default=30),
        values=dict(type="int", default=1000000),
    )


def check_numbers(options):
    for name in _POSITIVE:
        if options[name] <= 0:
            raise Refusal("{0} is {1}: give a number greater than 0.".format(name, options[name]))
    for name in _NOT_NEGATIVE:
        if options[name] < 0:
            raise Refusal("{0} is {1}: give 0 or a greater number.".format(name, options[name]))


def gatherer(options):
    """Gathers what was asked for, and what the judgement needs, without a try of the tools that are in use here."""
    wanted = sorted((wanted_subsets(options["gather_subset"]) | set(SUBSETS)) - set(["tools"]))
    return lambda subsets=wanted: gather(dict(options, gather_subset=list(subsets), **_MEASURED))


def run(layout, options, check_mode):
    check_numbers(options)
    kind = Installation if options["state"] == "present" else Removal
    transaction = kind(layout, options, gatherer(options))
    if check_mode:
        transaction.check()
        return transaction.result(transaction.changes())
    # Services have to be able to read what dpkg and pip write.
    os.umask(0o022)
    return transaction.run()


def main():
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("state", "present", ("abi_key", "expected"))],
        supports_check_mode=True,
    )
    convert_text(module)
    try:
        result = run(Layout(), module.params, module.check_mode)
    except (Failure, Refusal) as error:
        module.fail_json(msg=str(error), changed=False, rolled_back=False, reason=None)
    except (IOError, OSError) as error:
        module.fail_json(
            msg="{0} ({1}): give the task root's rights, or repair the board's disk.".format(
                error.strerror or error, error.filename
            ),
            changed=False,
            rolled_back=False,
            reason=None,
        )
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
