# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sudo, su and others say, and Ansible about them, when a user cannot become another one on a board.

The formats are those of sudo 1.8.16 (Ubuntu 16.04) to 1.9.17, of su of shadow and of util-linux. tests/unit/fixtures/failures has the texts.
"""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import Symptom

_METHODS = "sudo|su|doas|dzdo|pbrun|pfexec|ksu"

BECOME: tuple[Symptom, ...] = (
    Symptom(
        "password_expired",
        r"\bpassword has expired\b|^Password change required but no TTY available|^You are required to change your password immediately"
        r"|^sudo: (?:Account or )?[Pp]assword (?:is )?expired",
        "The password of the user has expired on the board",
        "log in there once with ssh and change it, or renew it as root with chage --lastday -1 USER",
    ),
    Symptom(
        "login_shell",
        r"This account is currently not available",
        "The login shell of the user on the board runs no commands",
        "as root, set one that does with usermod --shell /bin/bash USER, or correct ansible_user or ansible_become_user",
    ),
    Symptom(
        "become_setuid",
        r"^(?P<said>(?P<method>sudo|su|doas): (?:must be setuid root|\S+ must be owned by uid 0 and have the setuid bit set|effective uid is not 0"
        r"|must be suid|not installed setuid|cannot set groups).*)$",
        "{method} on the board has lost its owner or its setuid bit ({said})",
        "as root, install the package of {method} again, and check that its file system is not mounted with nosuid",
    ),
    Symptom(
        "no_new_privileges",
        r"^(?P<said>sudo: The \"no new privileges\" flag is set.*)$",
        "What runs sshd on the board keeps sudo from becoming root ({said})",
        "take NoNewPrivileges out of the unit, or no-new-privileges out of the container's options",
    ),
    Symptom(
        "requiretty",
        r"^(?P<said>sudo: sorry, you must have a tty to run sudo|su: must be run from a terminal|standard in must be a tty)",
        "sudo or su on the board wants a terminal ({said})",
        "remove requiretty from the sudoers file of the board, or set ansible_pipelining to false",
    ),
    Symptom(
        "sudoers_broken",
        r"^(?P<said>.*sudoers.*)\n(?:.*\n){0,8}?sudo: (?:no valid sudoers sources|unable to initialize policy|error initializing audit)",
        "sudo on the board cannot use its sudoers file ({said})",
        "as root, find the error with visudo --check, and give the file to root with mode 440",
    ),
    Symptom(
        "su_password_refused",
        r"^Incorrect su password|^su: (?:.*)Authentication failure",
        "su on the board refuses the password",
        "check that --ask-become-pass or ansible_become_password was given the other user's password, and that su still has its setuid bit",
    ),
    Symptom(
        "become_password_refused",
        r"^Incorrect (?P<method>\S+) password|^(?P<method2>sudo): (?:\d+ incorrect password attempt|maximum \d+ incorrect)|^(?P<method3>doas): "
        r"Authentication failed",
        "{method} on the board refuses the password",
        "check what --ask-become-pass or ansible_become_password was given",
    ),
    Symptom(
        "become_password_missing",
        r"^Missing (?P<method>\S+) password|^(?:Sorry, )?(?P<method2>sudo): (?:a password is required|no password was provided|a terminal is required"
        r"|no tty present)|a password is required to run (?P<method3>sudo)|^(?P<method4>doas): Authentication required",
        "{method} on the board wants a password",
        "run with --ask-become-pass, or allow the user to use {method} without one",
    ),
    Symptom(
        "become_timeout",
        r"Timeout \((?P<seconds>\d+)s\) waiting for privilege escalation prompt",
        "sudo, su or what else ansible_become_method names did not answer on the board within {seconds} seconds",
        "run with --ask-become-pass where it wants a password, check the board's name resolution, or raise the timeout",
    ),
    Symptom(
        "sudo_not_allowed",
        r"^(?:Sorry, )?(?:user )?(?P<user>\S{1,100}) (?:is not in the sudoers file|is not allowed to execute|may not run sudo)",
        "The user {user} may not use sudo on the board",
        "add that user to the group sudo, or set ansible_user to one who may",
    ),
    Symptom(
        "su_not_allowed",
        r"^su: Permission denied",
        "su on the board does not let the user become another one",
        "add the user to the group that /etc/pam.d/su asks for, or set ansible_become_method to sudo",
    ),
    Symptom(
        "become_user_unknown",
        r"^sudo: unknown (?:user|uid):? (?P<user>\S+)|^su: user (?P<user2>\S+) does not exist|^su: Unknown id: (?P<user3>\S+)"
        r"|^No passwd entry for user '(?P<user4>[^']+)'|^doas: unknown user",
        "The board has no user {user}",
        "correct ansible_become_user",
    ),
    Symptom(
        "become_account",
        r"^(?P<said>sudo: (?:account validation failure|Account expired|PAM |unable to initialize PAM).*|su: (?:Cannot determine your user name|Module is "
        r"unknown|User account has expired).*)$",
        "PAM on the board does not let the user become another one ({said})",
        "as root, check the account with passwd --status and chage --list, and the files sudo and su in /etc/pam.d",
    ),
    Symptom(
        "become_handover",
        r"^Failed to set permissions on the temporary files Ansible needs to create when becoming an unprivileged user"
        r"(?: \(rc: \d+, err: (?P<reason>.+))?",
        "Ansible cannot give its files to the user that it becomes on the board ({reason})",
        "correct ansible_become_user, install the package acl there, or set ansible_pipelining to true",
    ),
    Symptom(
        "become_missing",
        rf"^.*\b(?P<method>{_METHODS}): (?:(?:command )?not found|No such file or directory)|'(?P<method2>sudo)': No such file",
        "The board has no {method}",
        "install it as root, or set ansible_become_method",
    ),
)
# Where a module gave no result. Before that, such lines can be warnings.
BECOME_LAST: tuple[Symptom, ...] = (
    Symptom(
        "become_failed",
        # sudo also speaks other languages.
        r"^(?P<said2>.*\bsudoers\b(?!\S* is ).*)$"
        r"|^(?P<said>(?P<method>sudo|su|doas): (?!unable to resolve host|unable to send audit|setrlimit|\S*sudoers\S* is ).+)$",
        "{method} on the board failed ({said})",
        "log in there as the user and make {method} true succeed",
    ),
)
