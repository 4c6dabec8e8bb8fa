# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a board could not be reached, where Ansible knows only that the pipe to ssh broke."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase


@contextlib.contextmanager
def broken_pipe_explained(connection: ConnectionBase) -> Iterator[None]:
    """Replace a broken pipe by what ssh itself says about the connection.

    With pipelining Ansible writes a module to the stdin of ssh. An ssh that turns away from the board (its host
    key has changed, say) closes that pipe, and is given one millisecond to end (_send_initial_data in ansible-core's
    connection plugin ssh). On a busy controller it takes longer, and then what it said is lost. A command without
    stdin has no pipe that could break: it fails for the same cause and raises AnsibleConnectionFailure with it.
    """
    try:
        yield
    except AnsibleConnectionFailure as error:
        if "Broken pipe" in str(error):
            connection.exec_command("true", sudoable=False)
        raise
