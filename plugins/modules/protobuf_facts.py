#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: protobuf_facts
short_description: Gather facts about the protobuf that a host really uses
version_added: 0.1.0
author:
  - jetfleet.protobuf contributors (@jetfleet)
description:
  - Returns facts about a Jetson board or another Linux host, and about the protobuf that the Python of that host really imports.
  - The backend is determined from the class of a message. The result of C(api_implementation.Type()) is a separate fact,
    because an environment variable can make it lie.
  - Code that imports protobuf, OpenCV or TensorFlow runs in a child process of O(executable) for a bounded time,
    so that an extension that crashes or hangs becomes a fact, too. If the locale is C, the process gets C(C.UTF-8), as services that
    handle names with non-ASCII letters do.
  - For root, that process belongs to the owner of the folder that the packages of O(executable) are installed to, because
    whoever may write there decides what it does. Such a user gets neither root's environment nor its temporary directory.
    Below C(/usr) everything counts as root's. An interpreter is not started where yet another user could change it.
  - Child processes are guests of the host. They run one at a time at the lowest priority for processors and disks, are the first to be
    killed where memory ends, and get an error instead of memory that is not free. What cannot be found out for such a reason is
    V(unproven).
  - Missing things are reported as V(null) or as an empty list. The module fails only when its own options are invalid.
  - Nothing is written on the host, except for what Ansible itself needs to run a module, and for a temporary directory
    that is removed when the module ends.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes
  - jetfleet.protobuf.attributes.read_only
  - jetfleet.protobuf.attributes.facts
options:
  gather_subset:
    description:
      - The facts to gather.
      - An entry that starts with V(!) excludes a subset. If all entries do, everything else is gathered.
      - V(opencv), V(load_time) and V(graphs) take seconds, so they are not part of the default.
    type: list
    elements: str
    choices:
      - all
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
      - opencv
      - load_time
      - graphs
      - "!board"
      - "!python"
      - "!module"
      - "!libraries"
      - "!protoc"
      - "!packages"
      - "!installation"
      - "!development"
      - "!tools"
      - "!processes"
      - "!opencv"
      - "!load_time"
      - "!graphs"
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
  executable:
    description:
      - The Python interpreter whose protobuf is examined. It need not be the one that Ansible uses.
    type: path
    default: /usr/bin/python3
  timeout:
    description:
      - Seconds after which a child process is ended.
    type: int
    default: 60
  graphs:
    description:
      - Frozen TensorFlow graphs on the host, for the facts V(graphs) of O(gather_subset).
      - They are not parsed. Their load time is predicted from their contents, after a calibration with small graphs that is run
        once for all of them.
      - The calibration takes about 3 CPU seconds for pure Python and 1 for another backend on an x86 core, and several times
        as long on a Jetson Nano. With an empty list nothing is calibrated.
    type: list
    elements: path
    default: []
  graph:
    description:
      - A frozen TensorFlow graph on the host whose load time is measured instead of that of O(workload).
      - For root, the owner of O(executable) has to be able to read it.
    type: path
  workload:
    description:
      - The graph that is generated to measure the load time.
      - V(float_val) and V(half_val) contain constants as packed lists of numbers, which pure Python parses slowly.
      - V(small_nodes) contains many nodes with attributes.
      - V(tensor_content) contains constants as bytes, which every backend parses fast.
    type: str
    choices:
      - float_val
      - half_val
      - small_nodes
      - tensor_content
    default: float_val
  values:
    description:
      - Number of values in the graph of O(workload).
    type: int
    default: 1000000
  runs:
    description:
      - Maximum number of times that the graph is parsed.
    type: int
    default: 3
  time_budget:
    description:
      - Seconds after which no further run is started.
    type: float
    default: 30
  compare_backends:
    description:
      - Measure the pure Python backend of the same installation as well.
    type: bool
    default: false
  memory_reserve:
    description:
      - MB of memory that are left to the programs of the host.
      - A child process gets what the kernel reports as available, or what the cgroup of this module has left, less this
        reserve. Where OpenCV, a load time or a calibration needs more, it is V(unproven).
    type: int
    default: 128
  max_load:
    description:
      - Load average of a minute for each core that this module may use. Above it, OpenCV, load times and calibrations are
        V(unproven).
      - With V(0) the load does not matter.
    type: float
    default: 0.9
  max_temperature:
    description:
      - Degrees Celsius of the thermal zones in which the host throttles processors. From that temperature on, OpenCV, load times
        and calibrations are V(unproven).
      - With V(0) the limit of each zone is the lowest temperature at which the host itself throttles.
    type: float
    default: 0
  earlier_facts:
    description:
      - The facts C(jetfleet) of an earlier look at this host, for example out of Ansible's fact cache.
      - What is proven there about V(opencv), V(load_time) and V(graphs) of O(gather_subset) is taken over, as long as none of the files
        has changed that it depends on.
        Facts of another host, of another interpreter and what is damaged count as none.
      - Conflicts, failures and what could not be proven are always looked at again.
    type: json
  earlier_folder:
    description:
      - Folder on the controller from which O(earlier_facts) come, unless they are given, and in which what is proven is kept. It has one
        file for each host. In check mode, too.
      - With an empty text nothing is kept.
    type: str
    default: ""
  earlier_days:
    description:
      - Days after which the load time, and the calibration for V(graphs) of O(gather_subset), are measured again although nothing has
        changed. 0 means always.
      - The clock of the controller decides.
    type: int
    default: 30
seealso:
  - name: Protocol Buffers, Python API
    description: Documentation of the module that these facts describe.
    link: https://protobuf.dev/reference/python/python-generated/
"""

EXAMPLES = r"""
- name: Gather facts about a board
  jetfleet.protobuf.protobuf_facts:

- name: Show the backend that really parses
  ansible.builtin.debug:
    var: ansible_facts.jetfleet.module.backend

- name: Gather only the facts about the protobuf of a virtual environment
  jetfleet.protobuf.protobuf_facts:
    gather_subset:
      - python
      - module
    executable: /opt/detector/bin/python

- name: Measure how long a frozen graph takes to load, under both backends
  jetfleet.protobuf.protobuf_facts:
    gather_subset:
      - load_time
    graph: /opt/detector/ssd_mobilenet.pb
    compare_backends: true
    time_budget: 120
    timeout: 900

- name: Predict how long two graphs take to load, under each backend and after graph_repack
  jetfleet.protobuf.protobuf_facts:
    gather_subset:
      - graphs
    graphs:
      - /opt/detector/ssd_mobilenet.pb
      - /opt/detector/yolo_v3.pb

- name: Prove again only what has changed since the facts of the fact cache
  jetfleet.protobuf.protobuf_facts:
    gather_subset:
      - opencv
      - load_time
    earlier_facts: "{{ ansible_facts.jetfleet | default({}) }}"

- name: Gather everything but the load time
  jetfleet.protobuf.protobuf_facts:
    gather_subset:
      - all
      - "!load_time"
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: always
  type: dict
  contains:
    jetfleet:
      description: One entry for each subset that was gathered.
      returned: always
      type: dict
      contains:
        board:
          description: The host itself.
          returned: when O(gather_subset) contains V(board)
          type: dict
          contains:
            model:
              description: Model according to the device tree. V(null) on hosts without a device tree.
              type: str
              sample: NVIDIA Jetson Nano Developer Kit
            soc:
              description: Chip according to the device tree, V(null) unless it is one of NVIDIA's.
              type: str
              sample: tegra210
            l4t:
              description: Release of NVIDIA's Linux for Tegra, V(null) on other hosts.
              type: str
              sample: 32.7.1
            jetpack:
              description:
                - JetPack release of that L4T release. For an L4T release newer than the collection, that release, as in C(L4T 36.9.1).
                - V(null) on hosts without L4T.
              type: str
              sample: 4.6.1
            architecture:
              description: Architecture of the userland, as dpkg names it.
              type: str
              sample: arm64
            machine:
              description: Machine, as the kernel names it.
              type: str
              sample: aarch64
            distribution:
              description: The distribution, from C(/etc/os-release).
              type: dict
              contains:
                id:
                  description: Its name.
                  type: str
                  sample: ubuntu
                version_id:
                  description: Its release.
                  type: str
                  sample: "18.04"
                codename:
                  description: Its code name.
                  type: str
                  sample: bionic
                pretty_name:
                  description: Its name and release in a readable form.
                  type: str
                  sample: Ubuntu 18.04.6 LTS
            glibc:
              description: Version of the C library, V(null) where it is not glibc.
              type: str
              sample: "2.27"
            kernel:
              description: Release of the kernel.
              type: str
              sample: 4.9.253-tegra
            cpu_count:
              description: Cores that can be used now, without those that a power mode has switched off.
              type: int
              sample: 4
            memory_mb:
              description: Memory in MB.
              type: int
              sample: 3956
            memory_available_mb:
              description: Memory in MB that programs can still get without swapping.
              type: int
              sample: 2711
            disk_free_mb:
              description: Free disk space for users in MB, V(null) for a directory that does not exist.
              type: dict
              contains:
                root:
                  description: In C(/).
                  type: int
                  sample: 11264
                usr_local:
                  description: In C(/usr/local).
                  type: int
                  sample: 11264
                home:
                  description: In the home directory.
                  type: int
                  sample: 11264
                tmp:
                  description: In the directory for temporary files.
                  type: int
                  sample: 1978
            user:
              description: The user who ran the module.
              type: str
              sample: nvidia
            home:
              description: The home directory of that user.
              type: str
              sample: /home/nvidia
            is_root:
              description: Whether that user is root.
              type: bool
              sample: false
            clock:
              description: What the clock of the host said when it was read, in seconds since 1970 began.
              type: float
              sample: 1764547200.25
            clock_offset_seconds:
              description:
                - By how much that clock is ahead of the controller's at least; behind it, if it is negative.
                - V(0) if the clock said a time between the start and the end of the task, so a slow connection alone never makes a
                  difference.
                - The action plugins of the collection determine it on the controller. V(null) if another way ran the module, such as a
                  task with C(async), or if the clock says no date before the year 10000.
              type: float
              sample: 0
        environment:
          description:
            - Every place that sets a variable that selects protobuf's backend, for all programs, for a login or for a service.
            - >-
              The files of shells, PAM, cron, sshd, init scripts and C(environment.d), units of systemd and what is added to them, the files that units
              name with C(EnvironmentFile), and C(DefaultEnvironment).
          returned: when O(gather_subset) contains V(python)
          type: list
          elements: dict
          contains:
            file:
              description: The file, or V((process\)) for the environment of the module itself.
              type: str
              sample: /etc/profile.d/protobuf.sh
            line:
              description: Line number, V(null) for the environment of the module itself.
              type: int
              sample: 1
            variable:
              description: Name of the variable.
              type: str
              sample: PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION
            value:
              description: Its value.
              type: str
              sample: cpp
        python:
          description: The interpreter O(executable).
          returned: when O(gather_subset) contains V(python)
          type: dict
          contains:
            executable:
              description: The interpreter, as O(executable) names it.
              type: str
              sample: /usr/bin/python3
            version:
              description: Its version.
              type: str
              sample: 3.6.9
            soabi:
              description: ABI tag in the names of its compiled extensions, V(null) for Python 2.
              type: str
              sample: cpython-36m-aarch64-linux-gnu
            implementation:
              description: Implementation of Python.
              type: str
              sample: CPython
            prefix:
              description: Directory that it is installed in.
              type: str
              sample: /usr
            base_prefix:
              description: Directory of the interpreter that a virtual environment was created with.
              type: str
              sample: /usr
            virtualenv:
              description: Whether it belongs to a virtual environment.
              type: bool
              sample: false
            externally_managed:
              description: Whether pip refuses to install into it, because the distribution manages it.
              type: bool
              sample: false
            headers:
              description: Whether C(Python.h) exists, so that extensions can be compiled.
              type: bool
              sample: true
            purelib:
              description: Directory that root's pip installs modules to.
              type: str
              sample: /usr/local/lib/python3.6/dist-packages
            owner:
              description:
                - Name of the user to whom RV(ignore:purelib) belongs, or the number of one without a name.
                - Root starts the interpreter as that user.
              type: str
              sample: root
            packages:
              description: Versions of the distributions that building and installing needs, V(null) for those that are not installed.
              type: dict
              contains:
                pip:
                  description: Version of pip.
                  type: str
                  sample: 9.0.1
                setuptools:
                  description: Version of setuptools.
                  type: str
                  sample: 39.0.1
                wheel:
                  description: Version of wheel.
                  type: str
                  sample: 0.30.0
                six:
                  description: Version of six.
                  type: str
                  sample: 1.11.0
            tensorflow:
              description:
                - The TensorFlow that the interpreter would import, according to its metadata. Nothing is imported.
                - V(null) where there is none.
              type: dict
              contains:
                name:
                  description:
                    - Name of the distribution, for example V(tensorflow), V(tensorflow-gpu) or V(tf-nightly).
                    - Where V(tensorflow) only requires the build for this architecture, the name of that build.
                  type: str
                  sample: tensorflow-gpu
                version:
                  description: Its version.
                  type: str
                  sample: 1.12.0
                requires_protobuf:
                  description:
                    - The versions of protobuf that it requires, without environment markers.
                    - V(null) where it accepts any version.
                  type: str
                  sample: ">=3.6.1"
            status:
              description: Result of running it, one of V(ok), V(not_found), V(crashed), V(timed_out), V(failed) and V(unproven).
              type: str
              sample: ok
            error:
              description: What is wrong and what to do, V(null) with RV(ignore:status=ok).
              type: str
              sample: "The interpreter /opt/x/python does not exist on this host: install it or name another executable."
        module:
          description: The protobuf module of that interpreter.
          returned: when O(gather_subset) contains V(module)
          type: dict
          contains:
            status:
              description:
                - Result of importing it and of using a message.
                - One of V(ok), V(absent), V(import_error), V(crashed), V(timed_out), V(unproven) when it got no memory, and
                  V(not_probed) when the interpreter itself could not be run, or must not be.
              type: str
              sample: ok
            error:
              description: What is wrong and what to do.
              type: str
              sample: "Protobuf in /usr/local/lib/python3.6/dist-packages cannot be imported
                (ImportError: libprotobuf.so.16: cannot open shared object file): install it again."
            version:
              description: Version of the module that was imported.
              type: str
              sample: 3.6.0
            backend:
              description:
                - Which implementation really parses, one of V(cpp), V(python) and V(upb).
                - Determined from the class of a message, with no variable set that selects a backend.
              type: str
              sample: cpp
            claimed_backend:
              description:
                - The result of C(api_implementation.Type(\)) in the environment of the module.
                - It can differ from the backend that parses.
              type: str
              sample: cpp
            requested_backend:
              description: The value of C(PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION) in the environment of the module.
              type: str
              sample: cpp
            requested_error:
              description: What is wrong with the variables in the environment of the module, where protobuf works only without them.
              type: str
              sample: "With PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=cpp protobuf cannot be imported
                (ImportError: cannot import name '_message'): unset it."
            message_class:
              description: The class of a message's class, from which the backend is determined.
              type: str
              sample: google.protobuf.pyext.cpp_message.GeneratedProtocolMessageType
            file:
              description: The file that was imported.
              type: str
              sample: /usr/local/lib/python3.6/dist-packages/google/protobuf/__init__.py
            extensions:
              description:
                - The compiled parts of the copy that was imported, or of the first one on the path if the import failed.
              type: list
              elements: dict
              contains:
                path:
                  description: The file. It can lie inside a zipped egg.
                  type: str
                  sample: /usr/local/lib/python3.6/dist-packages/google/protobuf/pyext/_message.cpython-36m-aarch64-linux-gnu.so
                sha256:
                  description: Its checksum.
                  type: str
                  sample: 755613ee4a303e4b282be82cd83ce2c66d0d56e251201e44cc48000ab8eb503a
                needed:
                  description: The libraries that it needs directly.
                  type: list
                  elements: str
                  sample: ["libprotobuf.so.16", "libstdc++.so.6", "libgcc_s.so.1", "libc.so.6"]
                runpath:
                  description: The directories in its RUNPATH or RPATH, in which the loader searches for them.
                  type: list
                  elements: str
                  sample: []
                missing:
                  description: The libraries, needed directly or not, that the loader does not find.
                  type: list
                  elements: str
                  sample: []
            mapped:
              description: The files of libprotobuf that were in memory after the import.
              type: list
              elements: str
              sample: ["/usr/local/lib/libprotobuf.so.16.0.0"]
            linkage:
              description:
                - Whether the C++ extension needs libprotobuf (V(shared)) or contains it (V(static)).
                - V(null) where there is no C++ extension.
              type: str
              sample: static
            copies:
              description:
                - Every protobuf that the interpreter can find, in the order of its search, so that the first one shadows the others.
                - Those in the homes of other users, and what is listed there, come last. Only root may see all of them.
              type: list
              elements: dict
              contains:
                location:
                  description: Directory or egg on the search path.
                  type: str
                  sample: /usr/lib/python3/dist-packages
                file:
                  description: The file in it that an import would execute.
                  type: str
                  sample: /usr/lib/python3/dist-packages/google/protobuf/__init__.py
                version:
                  description: Its version.
                  type: str
                  sample: 3.0.0
                active:
                  description: Whether this is the copy that was imported.
                  type: bool
                  sample: false
                installer:
                  description: What installed it, one of V(apt), V(pip), V(egg), V(setuptools) and V(unknown).
                  type: str
                  sample: apt
                level:
                  description:
                    - Install level, one of V(system), V(user) and V(virtualenv).
                    - V(user) too where only a file in the folder of that user puts the location on the search path.
                  type: str
                  sample: system
                in_site_packages:
                  description:
                    - Whether it lies in a folder C(site-packages) or C(dist-packages) of the interpreter, or is an egg in one.
                    - V(false) where a symbolic link leads out of that folder.
                  type: bool
                  sample: true
                before_purelib:
                  description:
                    - Whether the interpreter finds it before what is in RV(ansible_facts.jetfleet.python.purelib), where pip
                      installs to, as the user whom the facts were gathered as.
                    - It is imported instead of what is there, or can be as soon as pip or the search path changes.
                  type: bool
                  sample: false
                listed_in:
                  description:
                    - What makes the interpreter find it, where the interpreter does not look there by itself.
                    - The path of the C(.pth) file, C(egg-link) or finder of an editable install that names RV(ignore:location), or of
                      the symbolic link to the copy.
                    - V(PYTHONPATH) where that variable names it. V(null) where nothing of all that does.
                  type: str
                  sample: /usr/local/lib/python3.6/dist-packages/easy-install.pth
            metadata:
              description: The result of C(pip show protobuf), which can describe another copy than the one that is imported.
              type: dict
              contains:
                version:
                  description: Version.
                  type: str
                  sample: 3.6.0
                location:
                  description: Directory or egg that the metadata describes.
                  type: str
                  sample: /usr/local/lib/python3.6/dist-packages
                installer:
                  description: What installed that copy, as in RV(ignore:copies).
                  type: str
                  sample: pip
                build:
                  description: The build tag of the wheel.
                  type: str
                  sample: 1jetfleet
                missing_files:
                  description:
                    - The files that pip installed and that are missing now. Compiled files of Python are ignored.
                    - Empty where there is no list of them. If pip made a list and that is missing, the list itself.
                  type: list
                  elements: str
                  sample: []
                modified_files:
                  description: The files whose SHA-256 differs from what pip installed.
                  type: list
                  elements: str
                  sample: ["/usr/local/lib/python3.6/dist-packages/google/protobuf/message.py"]
        libraries:
          description: Every libprotobuf and libprotobuf-lite that the loader can find, and those in C(/usr/local/lib).
          returned: when O(gather_subset) contains V(libraries)
          type: list
          elements: dict
          contains:
            path:
              description:
                - The library, by its soname where that link exists.
                - Below C(/usr/local/lib) also where that, or a folder above it, is a symbolic link.
              type: str
              sample: /usr/lib/aarch64-linux-gnu/libprotobuf.so.10
            real_path:
              description: The file behind the links.
              type: str
              sample: /usr/lib/aarch64-linux-gnu/libprotobuf.so.10.0.0
            soname:
              description: The name by which programs load it.
              type: str
              sample: libprotobuf.so.10
            version:
              description: Version in the name of the file.
              type: str
              sample: 10.0.0
            protobuf_version:
              description: Version of protobuf, from its package or its pkg-config file, V(null) without either.
              type: str
              sample: 3.0.0
            package:
              description: The Debian package that owns it, V(null) where none does.
              type: str
              sample: libprotobuf10
            sha256:
              description: Its checksum.
              type: str
              sample: 92983d5d4deb49f32db0d37d164e202a23995e9b64d7a672a071211f2324bb9e
            in_linker_cache:
              description: Whether it is in the cache of C(ldconfig).
              type: bool
              sample: true
            lite:
              description: Whether it is libprotobuf-lite.
              type: bool
              sample: false
        protoc:
          description: Every protoc in the directories of PATH and of a login's PATH, in that order.
          returned: when O(gather_subset) contains V(protoc)
          type: list
          elements: dict
          contains:
            path:
              description: The program.
              type: str
              sample: /usr/local/bin/protoc
            version:
              description: Its version, V(null) when it does not run.
              type: str
              sample: 3.6.0
            package:
              description: The Debian package that owns it, V(null) where none does.
              type: str
              sample: jetfleet-libprotobuf
        packages:
          description: The Debian packages of protobuf, pip and six by name. A package of a foreign architecture is named C(name:architecture).
          returned: when O(gather_subset) contains V(packages)
          type: dict
          sample:
            libprotobuf10:
              version: 3.0.0-9.1ubuntu1
              architecture: arm64
              status: installed
              missing_files: []
              modified_files: []
        installation:
          description: What this collection installed, and what was installed by hand.
          returned: when O(gather_subset) contains V(installation)
          type: dict
          contains:
            managed:
              description: Whether M(jetfleet.protobuf.protobuf_transaction) installed protobuf on this host.
              type: bool
              sample: true
            abi_key:
              description: ABI key of the installation, V(null) on a host that is not managed.
              type: str
              sample: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
            executable:
              description: The interpreter that it installed the module for, V(null) on a host that is not managed.
              type: str
              sample: /usr/bin/python3
            python_version:
              description: Version of the module that it installed, V(null) on a host that is not managed.
              type: str
              sample: 3.6.0
            adopted:
              description: Whether it replaced an installation that was made by hand.
              type: bool
              sample: false
            constraint:
              description:
                - Whether a constraint keeps pip from installing another version than the installed one.
                - V(null) where only a part of the constraint exists.
              type: bool
              sample: false
            interrupted:
              description: Whether a transaction is running, or was interrupted and has to be finished.
              type: bool
              sample: false
            handmade:
              description:
                - What C(make install) of protobuf left under C(/usr/local) and no package owns.
                - The folder of the headers is one entry.
                - Only what it takes over where a transaction is running, or was interrupted.
                - Empty where dpkg was interrupted while it unpacked C(jetfleet-libprotobuf), because it does not know the files of the package yet.
              type: list
              elements: str
              sample: ["/usr/local/bin/protoc", "/usr/local/lib/libprotobuf.so.16"]
            missing_packages:
              description:
                - The distribution's C(libprotobuf*) packages, named as in RV(ignore:packages), that were installed at the time of any
                  installation by M(jetfleet.protobuf.protobuf_transaction) on this release of the distribution, and that are now
                  missing or lack files.
                - Empty on a host that is not managed.
              type: list
              elements: str
              sample: []
            wrong_modes:
              description:
                - Files of the package C(jetfleet-libprotobuf) and of the module that
                  M(jetfleet.protobuf.protobuf_transaction) installed, and folders that belong only to them, with a wrong
                  owner or mode. Links are ignored.
                - They should belong to root, and be writable for the owner only and readable for all users. Below a folder outside
                  of C(/usr), such as a virtual environment, they may also belong to the owner of that folder.
              type: list
              elements: dict
              contains:
                path:
                  description: The file or folder.
                  type: str
                  sample: /usr/local/lib/libprotobuf.so.16.0.0
                owner:
                  description: Name of the user who owns it, or the number of one without a name.
                  type: str
                  sample: root
                group:
                  description: Name of its group, or the number of one without a name.
                  type: str
                  sample: root
                mode:
                  description: Its mode, four octal digits.
                  type: str
                  sample: "0666"
        development:
          description: The files of protobuf that C++ programs are compiled with.
          returned: when O(gather_subset) contains V(development)
          type: dict
          contains:
            headers:
              description:
                - Every C(google/protobuf/stubs/common.h) on the default search path of the compiler in Debian and Ubuntu.
                - The compiler uses the first one.
              type: list
              elements: dict
              contains:
                path:
                  description: The header.
                  type: str
                  sample: /usr/local/include/google/protobuf/stubs/common.h
                version:
                  description: Version of protobuf that it defines, V(null) where it defines none, as in newer releases.
                  type: str
                  sample: 3.6.0
            pkg_config:
              description:
                - Every C(protobuf.pc) on the default search path of C(pkg-config) in Debian and Ubuntu.
                - C(pkg-config) uses the first one, unless C(PKG_CONFIG_PATH) is set.
              type: list
              elements: dict
              contains:
                path:
                  description: The file.
                  type: str
                  sample: /usr/local/lib/pkgconfig/protobuf.pc
                version:
                  description: Version of protobuf that it names.
                  type: str
                  sample: 3.6.0
        processes:
          description:
            - The processes that still use a protobuf that was replaced, until they are restarted.
            - Processes that parse with the pure Python backend show nothing of it, and are not found unless they use TensorFlow.
          returned: when O(gather_subset) contains V(processes)
          type: dict
          contains:
            complete:
              description:
                - Whether all processes that can use an old protobuf could be looked at.
                - Users other than root see what their own processes use. Processes that began after the last change do not matter.
              type: bool
              sample: true
            hint:
              description: Why not all could be looked at, and what to do, V(null) where all were.
              type: str
              sample: "The processes of other users are hidden from jetson: run with --become to see who still uses the old protobuf."
            old:
              description: The processes.
              type: list
              elements: dict
              contains:
                pid:
                  description: The process id.
                  type: int
                  sample: 812
                user:
                  description: Name of its user, V(null) where it ended meanwhile.
                  type: str
                  sample: nvidia
                command:
                  description: Its arguments, 200 characters at most, with V(***) instead of what can be a secret.
                  type: str
                  sample: python3 /opt/detector/main.py --token=***
                unit:
                  description: The unit of systemd that it belongs to, V(null) without one and in a container.
                  type: str
                  sample: detector.service
                user_unit:
                  description: The unit of a user's own systemd that it belongs to, V(null) without one.
                  type: str
                  sample: viewer.service
                cgroup:
                  description: The path of its control group, V(null) where it has none.
                  type: str
                  sample: /system.slice/detector.service
                reason:
                  description:
                    - V(replaced) for files that it has loaded and that were replaced since.
                    - V(older) for a process of the interpreter that has loaded TensorFlow and no C++ extension of protobuf, and
                      that began before the last change.
                  type: str
                  sample: replaced
                files:
                  description: The files that were replaced, as they are called.
                  type: list
                  elements: str
                  sample: [/usr/local/lib/python3.6/dist-packages/google/protobuf/pyext/_message.cpython-36m-aarch64-linux-gnu.so]
        tools:
          description: The tools that an installation needs.
          returned: when O(gather_subset) contains V(tools)
          type: dict
          contains:
            pip:
              description: The pip of O(executable) as it is run to install, without a copy in a user's home.
              type: dict
              contains:
                status:
                  description:
                    - V(ok) when C(pip install --help) runs, which imports everything that installing a wheel needs.
                    - V(absent) without pip, V(not_probed) without an interpreter. Otherwise V(failed), V(crashed), V(timed_out) or
                      V(unproven).
                  type: str
                  sample: failed
                error:
                  description: The line of its output that best explains the failure, V(null) where it runs.
                  type: str
                  sample: "SyntaxError: invalid syntax"
                version:
                  description: Version according to its metadata.
                  type: str
                  sample: 25.0.1
                location:
                  description: Folder on the search path that contains it.
                  type: str
                  sample: /usr/local/lib/python3.5/dist-packages
                package:
                  description: Package of the distribution that owns it, V(null) where none does.
                  type: str
                  sample: python3-pip
            missing:
              description: Programs for installing packages that are not on root's PATH.
              type: list
              elements: str
              sample: [apt-get]
        cost:
          description:
            - What gathering each subset has cost the host, by its name. It includes the child processes that were started for it.
            - The process that describes the interpreter and imports protobuf counts for the first of V(python), V(module) and V(tools).
          returned: always
          type: dict
          sample:
            opencv:
              cpu_seconds: 3.512
              wall_seconds: 4.118
              peak_memory_mb: 97.4
        opencv:
          description: How OpenCV uses protobuf.
          returned: when O(gather_subset) contains V(opencv)
          type: dict
          contains:
            found:
              description: Whether any OpenCV was found.
              type: bool
              sample: true
            version:
              description: Its version.
              type: str
              sample: 4.1.1
            bindings:
              description: Every C(cv2) that the interpreter finds.
              type: list
              elements: dict
              contains:
                file:
                  description: The extension.
                  type: str
                  sample: /usr/lib/python3.6/dist-packages/cv2/python-3.6/cv2.cpython-36m-aarch64-linux-gnu.so
                version:
                  description: Its version, V(null) where it is unknown.
                  type: str
                  sample: 4.1.1
            libraries:
              description: Every C(libopencv_*.so) that the loader finds.
              type: list
              elements: str
              sample: ["/usr/lib/libopencv_dnn.so.4.1"]
            links:
              description: Each path by which OpenCV loads a libprotobuf.
              type: list
              elements: dict
              contains:
                binary:
                  description: The binary of OpenCV.
                  type: str
                  sample: /usr/lib/libopencv_highgui.so.4.1
                via:
                  description: The libraries in between.
                  type: list
                  elements: str
                  sample: ["/usr/lib/aarch64-linux-gnu/libgtk-3.so.0"]
                library:
                  description: The libprotobuf at the end. A name without a directory is a library that the loader does not find.
                  type: str
                  sample: /usr/lib/aarch64-linux-gnu/libprotobuf-lite.so.10
                package:
                  description: The Debian package that owns that library.
                  type: str
                  sample: libprotobuf-lite10
            embedded:
              description: The files that contain a copy of libprotobuf.
              type: list
              elements: str
              sample: ["/usr/lib/libopencv_dnn.so.4.1"]
            build_information:
              description: The part of C(cv2.getBuildInformation(\)) about protobuf.
              type: str
              sample: build (3.5.1)
            import_test:
              description: Results of importing OpenCV, protobuf and, where it is installed, TensorFlow into one process.
              type: dict
              contains:
                backend:
                  description: The backend of protobuf in that process.
                  type: str
                  sample: cpp
                orders:
                  description: One entry for each order of the imports.
                  type: list
                  elements: dict
                  contains:
                    order:
                      description: The order.
                      type: list
                      elements: str
                      sample: ["cv2", "protobuf"]
                    status:
                      description: How the process ended, as in RV(ignore:python.status), or V(unproven) where it got no memory.
                      type: str
                      sample: ok
                    exit_code:
                      description: Its exit code.
                      type: int
                      sample: 0
                    signal:
                      description: The signal that ended it.
                      type: int
                      sample: 11
                    mapped:
                      description: The files of libprotobuf in its memory.
                      type: list
                      elements: str
                      sample: ["/usr/local/lib/libprotobuf.so.16.0.0"]
                    works:
                      description: Which of C(cv2), C(protobuf), C(dnn) and C(tensorflow) gave the right results.
                      type: dict
                      sample:
                        cv2: true
                        protobuf: true
                        dnn: true
                    error:
                      description: What is wrong.
                      type: str
                      sample: The process under /usr/bin/python3 was ended by SIGABRT.
            files:
              description: The shared objects that the processes of RV(ignore:opencv.import_test) loaded, by folder.
              type: dict
              sample:
                /usr/lib/aarch64-linux-gnu: ["libopencv_core.so.4.1.1", "libopencv_dnn.so.4.1.1"]
            verdict:
              description: One of V(absent), V(independent), V(links_distribution), V(embedded), V(unproven) and V(conflict).
              type: str
              sample: independent
            reason:
              description: The reason for the verdict.
              type: str
              sample: cv2 4.1.1 uses no protobuf library and works with the C++ protobuf in every import order.
        graphs:
          description:
            - The contents of each graph in O(graphs), and how long it takes to load.
            - One entry for each graph, in the same order.
          returned: when O(gather_subset) contains V(graphs)
          type: list
          elements: dict
          contains:
            path:
              description: The graph.
              type: str
              sample: /opt/detector/ssd_mobilenet.pb
            status:
              description:
                - Result of reading it.
                - One of V(ok), V(graph_missing), V(graph_unreadable), V(graph_empty), V(graph_invalid), V(graph_too_large)
                  and V(unproven).
                - With V(unproven), the host had no capacity to predict the load time, and the contents are known.
              type: str
              sample: ok
            error:
              description: What is wrong and what to do. With RV(ignore:status=ok), why there is no prediction.
              type: str
              sample: "/opt/graph.pb does not exist on this host: copy the graph there first."
            bytes:
              description: Size of the file, V(null) when it cannot be read.
              type: int
              sample: 25400000
            nodes:
              description: Number of nodes, without those of functions, V(null) when it cannot be read.
              type: int
              sample: 253
            values:
              description: Number of values in its lists of numbers, without those in C(tensor_content), V(null) when it cannot be read.
              type: int
              sample: 4253865
            encodings:
              description: How values are encoded, as M(jetfleet.protobuf.graph_info) returns it.
              type: dict
              sample:
                float_val:
                  tensors: 137
                  values: 4253864
                  bytes: 17015456
            repackable:
              description:
                - What M(jetfleet.protobuf.graph_repack) would move to C(tensor_content), as M(jetfleet.protobuf.graph_info) returns it.
                - V(null) when the graph cannot be read.
              type: dict
              sample:
                tensors: 27
                values: 4253864
                bytes: 17015456
            prediction:
              description:
                - How long the graph takes to load, V(null) when it cannot be read or protobuf does not work.
                - It applies to the first graph that a process parses, on a core of its own and with enough memory.
                  Differences below a millisecond mean nothing.
              type: dict
              contains:
                backend:
                  description: The backend in use.
                  type: str
                  sample: python
                seconds:
                  description: Seconds to load the graph under the backend in use.
                  type: float
                  sample: 8.4
                seconds_repacked:
                  description: The same after M(jetfleet.protobuf.graph_repack).
                  type: float
                  sample: 0.04
                error_percent:
                  description:
                    - Error of the prediction in percent, for a graph of small nodes and tensors that was also parsed under the backend
                      in use.
                  type: float
                  sample: 4.2
                python:
                  description: The same for pure Python, V(null) where this protobuf has no such backend.
                  type: dict
                  contains: &predicted
                    seconds:
                      description: Seconds to load the graph.
                      type: float
                      sample: 8.4
                    seconds_repacked:
                      description: The same after M(jetfleet.protobuf.graph_repack).
                      type: float
                      sample: 0.04
                    measured:
                      description:
                        - Whether that backend was calibrated on this host.
                        - If V(false), there is no such backend here, and the figures are estimated from those of pure Python and from
                          the ratio of both backends of protobuf 3.6.0 on an x86 core.
                      type: bool
                      sample: true
                cpp:
                  description: The same for C++, V(null) where it is unknown.
                  type: dict
                  contains: *predicted
        calibration:
          description: What parsing costs on this host, from which RV(ignore:graphs) are predicted. V(null) where there is no graph to predict.
          returned: when O(gather_subset) contains V(graphs)
          type: dict
          contains:
            status:
              description: V(ok), also where there is no calibration because of a fault, or V(unproven).
              type: str
              sample: ok
            backend:
              description: The backend in use.
              type: str
              sample: cpp
            error:
              description: Why there is no calibration.
              type: str
              sample: "protobuf cannot be imported by /usr/bin/python3 (No module named google): install one that fits that interpreter."
            error_percent:
              description: Difference between prediction and measurement of one more graph.
              type: float
              sample: 4.2
            python:
              description: The rates of the pure Python backend, V(null) without it.
              type: dict
              contains: &rates
                seconds:
                  description: Seconds for one unit of each kind of work.
                  type: dict
                objects:
                  description: Objects of Python's garbage collector for one unit of each kind of work.
                  type: dict
                baseline:
                  description: Objects before the graph is parsed.
                  type: float
                  sample: 12000
                thresholds:
                  description: Thresholds of the garbage collector, V(null) where collections are a part of RV(ignore:calibration.python.seconds).
                  type: list
                  elements: int
                  sample: [700, 10, 10]
                collection:
                  description: Seconds for each object in a full collection.
                  type: float
                  sample: 1.0e-08
                measured:
                  description: V(false) for an estimate.
                  type: bool
                  sample: true
            cpp:
              description: The same for C++, V(null) where it is unknown.
              type: dict
              contains: *rates
            upb:
              description: The same for upb, V(null) where it is not in use.
              type: dict
              contains: *rates
        proofs:
          description:
            - When what takes seconds to prove has been proven, and whether an earlier look did that.
            - One entry for each of the facts V(opencv), V(load_time) and V(calibration) that is there.
          returned: when O(gather_subset) contains V(opencv), V(load_time) or V(graphs)
          type: dict
          contains:
            opencv:
              description: The proof of RV(ignore:opencv).
              type: dict
              contains: &proof
                fingerprint:
                  description:
                    - Digest of the state of all files that the proof depends on, and of what else it depends on.
                    - V(null) where the proof holds for this look only, such as that of a conflict or a failure.
                  type: str
                  sample: 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
                proven:
                  description: The time of the controller when it was proven, in UTC.
                  type: str
                  sample: "2026-11-30T02:00:00Z"
                reused:
                  description: Whether an earlier look has proven it, and nothing has changed since.
                  type: bool
                  sample: true
            load_time:
              description: The same for RV(ignore:load_time).
              type: dict
              contains: *proof
            calibration:
              description: The same for RV(ignore:calibration).
              type: dict
              contains: *proof
        load_time:
          description: How long a graph takes to load.
          returned: when O(gather_subset) contains V(load_time)
          type: dict
          contains:
            source:
              description: The workload, or the path of the graph.
              type: str
              sample: float_val
            bytes:
              description: Size of the graph.
              type: int
              sample: 4000046
            nodes:
              description: Number of nodes.
              type: int
              sample: 1
            values:
              description: Number of values in its tensors.
              type: int
              sample: 1000000
            encodings:
              description:
                - Number of values by the field that holds them. For C(tensor_content), it is the number of elements by the shape.
                - C(list) stands for lists in attributes.
              type: dict
              sample:
                float_val: 1000000
            backend:
              description: The backend that parsed it.
              type: str
              sample: cpp
            seconds:
              description: Seconds of processor time that parsing took, which other programs on the host hardly change.
              type: dict
              contains: &seconds
                min:
                  description: The fastest run.
                  type: float
                  sample: 0.011
                median:
                  description: The median run.
                  type: float
                  sample: 0.012
                runs:
                  description: Number of runs.
                  type: int
                  sample: 3
            python:
              description: The same under the pure Python backend, V(null) unless O(compare_backends=true).
              type: dict
              contains:
                backend:
                  description: Always V(python).
                  type: str
                  sample: python
                seconds:
                  description: Seconds that parsing took.
                  type: dict
                  contains: *seconds
            ratio:
              description: Time of the pure Python backend as a multiple of the time of the backend in use.
              type: float
              sample: 118.4
            status:
              description:
                - Result of the measurement.
                - One of V(ok), V(graph_missing), V(graph_unreadable), V(graph_empty), V(graph_invalid), V(graph_too_large),
                  V(no_protobuf), V(crashed), V(timed_out), V(not_found), V(failed) and V(unproven).
              type: str
              sample: ok
            error:
              description: What is wrong and what to do.
              type: str
              sample: "/opt/graph.pb is empty: copy the graph again."
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import DEFAULT_SUBSETS, SUBSETS, gather
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import WORKLOADS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text


def argument_spec():
    """Return the options of the module."""
    choices = ["all"] + list(SUBSETS) + ["!" + name for name in SUBSETS]
    return dict(
        gather_subset=dict(type="list", elements="str", choices=choices, default=list(DEFAULT_SUBSETS)),
        executable=dict(type="path", default="/usr/bin/python3"),
        timeout=dict(type="int", default=60),
        graph=dict(type="path"),
        graphs=dict(type="list", elements="path", default=[]),
        workload=dict(type="str", choices=list(WORKLOADS), default="float_val"),
        values=dict(type="int", default=1000000),
        runs=dict(type="int", default=3),
        time_budget=dict(type="float", default=30),
        compare_backends=dict(type="bool", default=False),
        memory_reserve=dict(type="int", default=128),
        max_load=dict(type="float", default=0.9),
        max_temperature=dict(type="float", default=0),
        # No secret, but long: it belongs neither into the log of the board nor into the result.
        earlier_facts=dict(type="json", no_log=True),
        earlier_folder=dict(type="str", default=""),
        earlier_days=dict(type="int", default=30),
    )


def main():
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    convert_text(module)
    for name in ("timeout", "values", "runs", "time_budget"):
        if module.params[name] <= 0:
            module.fail_json(msg="{0} is {1}: give a number greater than 0.".format(name, module.params[name]))
    for name in ("memory_reserve", "max_load", "max_temperature", "earlier_days"):
        if module.params[name] < 0:
            module.fail_json(msg="{0} is {1}: give 0 or a greater number.".format(name, module.params[name]))
    try:
        facts = gather(module.params)
    except Failure as failure:
        module.fail_json(msg=str(failure))
    module.exit_json(changed=False, ansible_facts=dict(jetfleet=facts))


if __name__ == "__main__":
    main()
