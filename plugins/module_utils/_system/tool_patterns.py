# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold patterns of what compilers, make, configure, pip, dpkg, apt, glibc and Python print when they fail.

They cover the releases from Ubuntu 16.04's to today's, in the locale C. Every pattern is for one line whose blanks are single.
tests/unit/fixtures/tool_outputs holds the outputs that these come from.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

DISK_FULL = re.compile(r"No space left on device|\[Errno 28\]|Disk quota exceeded")
# gcc before 9 reports a compiler that the kernel has killed as an internal error.
NO_MEMORY = re.compile(
    r"Killed signal terminated program|internal compiler error: Killed|terminated with signal 9|Cannot allocate memory"
    r"|\bout of memory\b|\bmemory exhausted\b|instance of 'std::bad_alloc'|what\(\): std::bad_alloc"
    r"|^(?:\w+: )*MemoryError\b|: line \d+: +\d+ Killed\b|^make\S*: \*\*\* \[.*\] Killed$"
)
# dpkg to 1.18 (status database area), 1.19 (frontend), 1.20 and newer (with a process number); apt to 1.8 and newer; debconf.
LOCKED = re.compile(
    r"\b(?:is|was) locked by another process"
    r"|Could not get lock \S+?(?: - open \(11[: ]|\. It is held by|\.?$)"
    r"|Unable to (?:acquire the dpkg frontend lock|lock the administration directory|lock directory) \S+, is another process using it"
    r"|Failed to lock apt for exclusive operation(?!.*Permission denied)",
    re.MULTILINE,
)
HOLDER = re.compile(r"held by process (?P<pid>\d+)(?: \((?P<name>[^)]+)\))?|with pid (?P<other>\d+)")

# A line that matches one of these explains the failure, wherever it stands; patterns further up explain more.
_TELLING = (
    DISK_FULL.pattern,
    NO_MEMORY.pattern,
    LOCKED.pattern,
    # Upstream's tests of protobuf, and protobuf itself.
    r"^\S+:\d+: Failure$",
    r"^\[libprotobuf FATAL ",
    # glibc before 2.26 adds a backtrace and the memory map, newer releases print only the message.
    r"^\*\*\* (?:Error in|glibc detected|stack smashing|buffer overflow)",
    r"^(?:free|malloc|realloc|munmap_chunk|malloc_consolidate)\(\): ",
    r"^(?:double free or corruption|corrupted (?:size|double-linked)|Fatal glibc error|Fatal Python error: )",
    r"^what\(\): ",
    # Compiler, assembler, linker, loader.
    r"^\S[^:]*:\d+:(?:\d+:)? (?:fatal |internal compiler )?error: ",
    r"^\S[^:]*:\d+: Error: ",
    r"^(?:\S*/)?(?:[\w.-]*-)?(?:gcc|g\+\+|cc|c\+\+|cc1|cc1plus|cpp|clang|clang\+\+)(?:-[\d.]+)?: (?:fatal |internal compiler )?error: ",
    r": undefined reference to |: cannot find -l|: multiple definition of |: relocation R_\S+ against |: undefined symbol: "
    r"|: DSO missing from command line|: file not recognized|: hidden symbol ",
    r"^\S+: (?:error while loading shared libraries|symbol lookup error|relocation error): ",
    r"^\S+: \S+: version `\S+' not found \(required by ",
    # configure, automake, libtool and make itself.
    r"^Can't exec \"|^configure: error: |^\S*config\.status: error: |^(?:aclocal|auto\w+|libtoolize): error: |^libtool: (?:\w+: )?error: ",
    r"^libtool: Version mismatch error\.",
    r"^\S*make(?:\[\d+\])?: \*\*\* No |^\S+:\d+: \*\*\* ",
)
# Below those comes the last exception of a traceback, and then these.
_ERRORS = (
    r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception): ",
    r"^dpkg-\w+ \(subprocess\): ",
    r"^\S+ : (?:Pre)?-?Depends: .* but ",
    r"connection broken by ",
    r"^(?:dpkg\S*|\S*ldconfig\S*|curl|wget|tar|ar|ld|\S*/ld|pyenv): (?:error|fatal|version|[^:]+: command not found|\(\d+\)|Can't )",
    r"^(?:E|ERROR|Error|fatal|error|pip): ?",
    r"^Could not (?:install packages|find a version|connect|resolve)|^No matching distribution| is not a supported wheel on this platform"
    r"|^no such option: |^Invalid requirement|: No module named ",
    r": (?:(?:[Cc]ommand )?not found|No such file or directory|Permission denied|Exec format error)$",
)
# These only report that a program failed that has already printed the cause.
_WRAPPERS = (
    r"^collect2: error: ld returned ",
    r"^(?:distutils\S*: |setuptools\S*: )?(?:error: )?[Cc]ommand .* failed with (?:exit status|exit code|error code) ",
    r"^ERROR: (?:Command errored out|Failed building|Exception:|Failed to build|Could not build wheels)",
    r"^error: (?:subprocess-exited-with-error|metadata-generation-failed|legacy-install-failure)",
    r"^E: (?:Sub-process |Executing dpkg failed|Some index files failed)",
    r"^(?:subprocess\.)?CalledProcessError: ",
    r"subprocess returned error exit status \d+$",
    r"^dpkg-deb: error: ",
    r"^\S*make(?:\[\d+\])?: \*\*\* \[.*\] (?:Error \d+|\w+)",
    r"^(?:Aborted|Segmentation fault|Terminated)(?: \(core dumped\))?$",
)
# These do not explain a failure, although they contain similar words or come after the cause.
_NOISE = (
    # Memory maps and backtraces of glibc, frames and source lines.
    r"^[0-9a-f]{6,16}-[0-9a-f]{6,16} [-rwxsp]{4} ",
    r"\[0x[0-9a-f]+\]$",
    r"^={3,}|^-{5,}$|^[~^| ]+$",
    r"^File \"|^\d+ \| ",
    # make and libtool, and the commands that they show.
    r"^\S*make(?:\[\d+\])?: (?:Entering|Leaving|Nothing|warning|Target|\*\*\* (?:Waiting|Deleting))",
    r": recipe for target '.*' failed$",
    r"^== |^checking |^libtool: \w+: ",
    r"^(?:\S*/)?(?:[\w.-]*-)?(?:gcc|g\+\+|cc|c\+\+|ld|ar|bash|sh|dash|libtool|python[\d.]*)(?:-[\d.]+)? (?:.* )?-",
    r"^configure: error: in [`'].*':$",
    # What tools print before and after the cause.
    r"^compilation terminated|^Please submit a full bug report|^with preprocessed source|^See ",
    r"^(?:[^\s:]+:)* ?(?:warning|[Nn]ote|hint): |^Note, |^DEPRECATION: |^WARNING: (?!Retrying )|^W: ",
    r"^You (?:are using pip|should consider)|^Exception:$|^command: |^cwd: ",
    r"^Errors were encountered while processing|^Type dpkg |^Use 'apt' ",
    r"^The `\S+' command exists|^Shared connection to ",
)
# Any other line with one of these words is more likely to be the cause than one without.
FAULT = re.compile(
    r"\b(?:error|fatal|cannot|can't|could not|couldn't|failed|denied|refused|killed|no such|not found|undefined|invalid|unable)\b|Error\b",
    re.IGNORECASE,
)

NOISE = re.compile("|".join(_NOISE))
WRAPPER = re.compile("|".join(_WRAPPERS))
TELLING = tuple(re.compile(pattern, re.MULTILINE) for pattern in _TELLING)
ERRORS = tuple(re.compile(pattern) for pattern in _ERRORS)
