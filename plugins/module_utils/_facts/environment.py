# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out where protobuf's backend variables are set for a whole host, a login or a service."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os
import re
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import BACKEND_VARIABLES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes import homes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

PROCESS = "(process)"
# Bytes of a file and number of files, so that nobody can make this take long.
_MOST_BYTES = 1 << 16
_MOST_FILES = 2000

_NAMES = "|".join(BACKEND_VARIABLES)
_VALUE = r"""(?:"([^"]*)"|'([^']*)'|([^\s;#&|"']*))"""
# Each has the name and the three forms of a value as its groups.
_SHELL = re.compile(r"(?:^|[\s;])({0})={1}".format(_NAMES, _VALUE))
# csh has setenv, fish has set with options.
_SETENV = re.compile(r"(?:^|[\s;])(?:setenv|set(?:\s+-\S+)+)\s+({0})\s+{1}".format(_NAMES, _VALUE))
_PAM = re.compile(r"^\s*({0})\s+(?:DEFAULT|OVERRIDE)={1}".format(_NAMES, _VALUE))
# In quotes there, an assignment is one word of several.
_UNIT = re.compile(r"""(?:^|[\s;="'])({0})={1}""".format(_NAMES, _VALUE))
_COMMENT = re.compile(r"(^|\s)#.*")
_UNIT_NO_SETTING = re.compile(r"^\s*(?:[#;]|UnsetEnvironment\s*=).*")
_ENVIRONMENT_FILE = re.compile(r"^\s*EnvironmentFile\s*=\s*-?(/\S+)", re.MULTILINE)

_SYSTEM_FILES = (
    (
        _SHELL,
        (
            "/etc/environment",
            "/etc/profile",
            "/etc/profile.d/*.sh",
            "/etc/bash.bashrc",
            "/etc/zshenv",
            "/etc/zsh/zshenv",
            "/etc/zsh/zprofile",
            "/etc/zsh/zshrc",
            "/etc/zsh/zlogin",
            "/etc/environment.d/*.conf",
            "/run/environment.d/*.conf",
            "/usr/local/lib/environment.d/*.conf",
            "/usr/lib/environment.d/*.conf",
            "/etc/default/*",
            "/etc/crontab",
            "/etc/cron.d/*",
            "/var/spool/cron/crontabs/*",
            "/etc/rc.local",
            "/etc/init.d/*",
            "/etc/ssh/sshd_config",
            "/etc/ssh/sshd_config.d/*.conf",
        ),
    ),
    (
        _SETENV,
        (
            "/etc/csh.cshrc",
            "/etc/csh.login",
            "/etc/profile.d/*.csh",
            "/etc/fish/config.fish",
            "/etc/fish/conf.d/*.fish",
        ),
    ),
    (_PAM, ("/etc/security/pam_env.conf",)),
)
_LOGIN_FILES = (
    (
        _SHELL,
        (
            ".profile",
            ".bashrc",
            ".bash_profile",
            ".bash_login",
            ".zshenv",
            ".zprofile",
            ".zshrc",
            ".zlogin",
            ".pam_environment",
            ".ssh/environment",
            ".xprofile",
            ".xsessionrc",
            ".config/environment.d/*.conf",
        ),
    ),
    (_SETENV, (".cshrc", ".tcshrc", ".login", ".config/fish/config.fish", ".config/fish/conf.d/*.fish")),
    (_UNIT, (".config/systemd/user/*.service", ".config/systemd/user/*.service.d/*.conf")),
)
# Below each: the settings of the managers, units and what is added to them.
_SYSTEMD_FOLDERS = ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib")
_SYSTEMD_FILES = (
    "{0}.conf",
    "{0}.conf.d/*.conf",
    "{0}/*.service",
    "{0}/*.service.d/*.conf",
    "{0}/service.d/*.conf",
)


def environment_facts(root="/"):
    """Return the facts `environment`: file, line, variable and value of every assignment."""
    found, seen, named = [], set(), set()
    for syntax, path in list(_files(root))[:_MOST_FILES]:
        found.extend(_assignments(path, syntax, seen, named))
    for path in sorted(named)[:_MOST_FILES]:
        for listed in sorted(glob.glob(os.path.join(root, path.lstrip("/")))):
            found.extend(_assignments(listed, _SHELL, seen, named))
    for variable in BACKEND_VARIABLES:
        if variable in os.environ:
            found.append(dict(file=PROCESS, line=None, variable=variable, value=os.environ[variable]))
    return found


def _files(root):
    """Yield syntax and path of every file that can set variables; what is further behind is less likely to."""
    for syntax, patterns in _SYSTEM_FILES:
        for path in _existing(root, patterns):
            yield syntax, path
    for home in homes():
        for syntax, patterns in _LOGIN_FILES:
            for path in _existing(home, patterns):
                yield syntax, path
    for folder in _SYSTEMD_FOLDERS:
        patterns = [pattern.format(kind) for kind in ("system", "user") for pattern in _SYSTEMD_FILES]
        for path in _existing(os.path.join(root, folder.lstrip("/"), "systemd"), patterns):
            yield _UNIT, path


def _existing(folder, patterns):
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(folder, pattern.lstrip("/")))):
            yield path


def _assignments(path, syntax, seen, named):
    """Return the assignments in a file, unless it has been seen, and add the files that a unit names to `named`."""
    content = _content(path, seen)
    if syntax is _UNIT:
        named.update(_ENVIRONMENT_FILE.findall(content))
    if BACKEND_VARIABLES[0] not in content:
        return []
    comment = _UNIT_NO_SETTING if syntax is _UNIT else _COMMENT
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        for variable, quoted, single_quoted, bare in syntax.findall(comment.sub("", line)):
            found.append(dict(file=path, line=number, variable=variable, value=quoted or single_quoted or bare))
    return found


def _content(path, seen):
    """Return the beginning of a file; nothing where it has been seen, cannot be read or is a device or a pipe."""
    try:
        # Opening a pipe without this waits for who writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except EnvironmentError:
        return ""
    try:
        state = os.fstat(descriptor)
        # /lib is /usr/lib on newer boards, and units have other names.
        if not stat.S_ISREG(state.st_mode) or (state.st_dev, state.st_ino) in seen:
            return ""
        seen.add((state.st_dev, state.st_ino))
        return to_os(os.read(descriptor, _MOST_BYTES).decode("utf-8", "replace"))
    except EnvironmentError:
        return ""
    finally:
        os.close(descriptor)
