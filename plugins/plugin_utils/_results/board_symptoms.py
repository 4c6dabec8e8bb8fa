# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What shells, Python and the kernel say when a board cannot run a module.

tests/unit/fixtures/failures has the texts.
"""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import Symptom

_PYTHON = r"(?P<python>/[^\s:'\"]{0,100}python[\d.]{0,8})['\"]?"
# bash adds where it was: "bash: line 1:  4711 Killed   /usr/bin/python3".
_ENDED = r"^(?:.*: line \d+: +\d+ )?(?P<said>{0})(?: \(core dumped\))?(?: .*)?$"

BOARD: tuple[Symptom, ...] = (
    Symptom(
        "python_other_processor",
        rf"{_PYTHON}: .*(?:Exec format error|Invalid ELF image)|cannot execute binary file: (?P<said>Exec format error)",
        "The Python of the board is built for another processor",
        "install the one of its distribution, or set ansible_python_interpreter to one that runs",
    ),
    Symptom(
        "python_library",
        r"^(?P<python>\S{0,100}python[\d.]{0,8}): error while loading shared libraries: (?P<library>[^:]+)",
        "{python} on the board cannot start without {library}",
        "install the package with that library, or set ansible_python_interpreter to a Python that runs",
    ),
    Symptom(
        "python_missing",
        rf"{_PYTHON}: (?:not found|No such file or directory)"
        r"|probably need to set the interpreter[\s\S]*?(?P<python2>/[^\s:'\"]{1,100})['\"]?: (?:not found|No such file or directory)$",
        "The board has no Python at {python}",
        "install python3 there, or set ansible_python_interpreter to one that is there",
    ),
    Symptom(
        "python_denied",
        rf"^.*: {_PYTHON}: Permission denied$",
        "The user may not run {python} on the board",
        "correct its mode, or set ansible_python_interpreter to another one",
    ),
    Symptom(
        "python_too_old",
        r"ansible-core requires a minimum of Python.{0,40}version (?P<least>[\d.]+)\. Current version: (?P<found>[\d.]+)",
        "The board's Python {found} is older than the {least} that this ansible-core asks for",
        "set ansible_python_interpreter to a newer one (on Ubuntu 16.04 to /usr/bin/python2.7, with ansible-core 2.16), or use an older ansible-core",
    ),
    Symptom(
        "python_broken",
        r"^(?P<said>Fatal Python error: (?!Segmentation|Bus|Aborted|Illegal|Floating).*|Could not find platform (?:in)?dependent libraries.*)$",
        "The Python of the board cannot start ({said})",
        "install its packages again and remove PYTHONHOME, or set ansible_python_interpreter to one that runs",
    ),
    Symptom(
        "read_only",
        r"Read-only file system|\[Errno 30\]",
        "A file system of the board is read-only",
        "check its disk, mount it read-write, then run again",
    ),
    Symptom(
        "disk_broken",
        r"^(?P<said>.*(?:\[Errno 5\]|: Input/output error|\[Errno 117\]|Structure needs cleaning).*)$",
        "The board cannot read or write its disk ({said})",
        "see dmesg there, check the file system, and replace a worn SD card",
    ),
    Symptom(
        "no_processes",
        r"^(?P<said>.*\b(?:Cannot fork|fork: (?:retry: )?Resource temporarily unavailable).*)$",
        "The board starts no more processes ({said})",
        "end what has started so many, or raise the limit for the user",
    ),
    Symptom(
        "no_temporary_folder",
        r"^Failed to create temporary directory\..*?mkdir -p \"` echo (?P<folder>.+?) `",
        "The user cannot make the folder {folder} on the board",
        "log in there as the user and make it; the home may be missing, full or read-only, or the login may run no commands",
    ),
)
# Where a module gave no result: otherwise, these words can be about something else.
ENDED: tuple[Symptom, ...] = (
    Symptom(
        "killed",
        _ENDED.format("Killed"),
        "Something killed the module on the board ({said}), which the kernel does when memory runs out",
        "look for Out of memory in dmesg there, stop what uses memory or add swap space, then run again",
    ),
    Symptom(
        "illegal_instruction",
        _ENDED.format("Illegal instruction"),
        "The Python of the board, or a library in it, is built for another processor ({said})",
        "install the one of its distribution, or set ansible_python_interpreter to one that runs",
    ),
    Symptom(
        "crashed",
        _ENDED.format(
            "Segmentation fault|Bus error|Aborted|Floating point exception|Bad system call|Trace/breakpoint trap|Stack fault"
        ),
        "The Python of the board crashed ({said})",
        "see dmesg there for errors of memory or disk, install the packages of Python again, then run again",
    ),
    Symptom(
        "stopped",
        _ENDED.format(
            "Terminated|Hangup|CPU time limit exceeded|File size limit exceeded|User defined signal [12]|Alarm clock"
        ),
        "Something on the board stopped the module ({said})",
        "find out what, such as a shutdown, a watchdog or a limit of the user, then run again",
    ),
    Symptom(
        "silent",
        r"\A\Z",
        "A module ended on the board without a result and without a word",
        "log in there as the user, and run sudo and Python by hand to see which one ends",
    ),
)
