#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: graph_repack
short_description: Repack a frozen TensorFlow graph so that it loads fast
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Moves the numbers of tensors from the repeated fields C(float_val), C(half_val), C(int_val), C(double_val),
    C(int64_val), C(bool_val), C(scomplex_val), C(dcomplex_val), C(uint32_val) and C(uint64_val) to C(tensor_content).
    Every backend of protobuf copies that at once, while the pure Python one needs about two microseconds to decode a number.
  - Nothing has to be compiled.
  - Every tensor keeps its type, its shape and its value, bit for bit. Where a tensor has fewer numbers than elements, the last
    number stands for the rest, as TensorFlow defines it. Everything else in the file stays the same, byte for byte and in its
    order, including fields that this module does not know.
  - A tensor is not rewritten when it has fewer than 16 numbers, because the node around it costs more than these, or when its
    C(tensor_content) would have more than 512 bytes for each number, because most of it would repeat the last number.
  - The new bytes are written beside the file and verified before they get its name. If the module is killed, the name refers to
    either the old or the new file, complete, and the next run removes what is left over. An old file that was not a backup yet
    becomes one then, even with O(backup=false).
  - The two files exchange their names in one step, and exchange them back if what comes out is not the file that was read, so
    a change that another process makes meanwhile is not lost. A process that begins to write to the file in these microseconds
    has to wait.
  - Linux before 3.15 and some file systems, such as FAT, exFAT, NTFS and those of a network, cannot exchange names. There, the
    file is compared a few microseconds before it is replaced. On FAT and exFAT, which do not store when an inode was changed,
    a change that keeps the size and the time of modification is not noticed.
  - The file keeps its owner, mode, access control list and extended attributes, but not its flags, see chattr(1). The
    attribute C(security.capability) is only kept where the module runs as root. If O(path) is a symbolic link, the file that
    it points to is rewritten and the link stays. Other hard links to the file keep the old content.
  - Neither TensorFlow nor protobuf is needed. A file of 2 GB is rewritten in less than 100 MB of memory.
options:
  path:
    description: The graph, a binary C(GraphDef).
    type: path
    required: true
  backup:
    description:
      - Keep the old file beside the new one, with process and time appended to its name, as other modules do, but without the
        colons that exFAT, NTFS and SMB do not allow.
      - It is the old file under another name, not a copy, where the file system can exchange names or supports hard links.
    type: bool
    default: true
  executable:
    description:
      - The interpreter whose TensorFlow compares both graphs before the new file gets the name.
      - Where it has no TensorFlow, only the module itself verifies the new file.
      - Root starts it as the owner of its packages, as M(jetfleet.protobuf.protobuf_facts) does. Where that user cannot read
        both graphs, TensorFlow does not compare them.
    type: path
    default: /usr/bin/python3
  timeout:
    description: Seconds after which TensorFlow is ended.
    type: int
    default: 600
extends_documentation_fragment:
  - jetfleet.protobuf.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - A line for each of the first 200 tensors that change.
  idempotent:
    support: full
  platform:
    support: full
seealso:
  - module: jetfleet.protobuf.graph_info
"""

EXAMPLES = r"""
- name: Make a model load fast with every protobuf
  jetfleet.protobuf.graph_repack:
    path: /opt/models/ssd_mobilenet_trt.pb

- name: Show what would change, without changing it
  jetfleet.protobuf.graph_repack:
    path: /opt/models/ssd_mobilenet_trt.pb
  check_mode: true
  diff: true

- name: Keep no backup, and compare both graphs with the TensorFlow of a virtual environment
  jetfleet.protobuf.graph_repack:
    path: /opt/models/ssd_mobilenet_trt.pb
    backup: false
    executable: /opt/tensorflow/bin/python3
    timeout: 1800
"""

RETURN = r"""
path:
  description: The file, with symbolic links resolved.
  returned: success
  type: str
  sample: /opt/models/ssd_mobilenet_trt.pb
rewritten:
  description: What was rewritten, or would be in check mode, by the field that holds the numbers.
  returned: success
  type: dict
  sample:
    float_val:
      tensors: 83
      values: 4231976
      bytes: 16927904
  contains:
    float_val:
      description: One entry for each field that occurs.
      type: dict
      contains:
        tensors:
          description: Number of tensors.
          type: int
          sample: 83
        values:
          description: Numbers in the field, two for each complex number.
          type: int
          sample: 4231976
        bytes:
          description: Size of their new C(tensor_content) in bytes.
          type: int
          sample: 16927904
left:
  description:
    - Number of tensors with numbers that were not rewritten, by reason.
    - C(few_values), fewer than 16 numbers; C(long_tail), more than 512 bytes for each number;
      C(type_mismatch), numbers in a field that does not belong to the tensor's type, or an unknown type;
      C(too_many_values), more numbers than elements; C(unknown_shape), a shape without a known rank or size;
      C(content_and_values), C(tensor_content) in addition to the numbers; C(two_kinds), numbers in two fields;
      C(repeated_fields), a tensor with parts that occur twice.
  returned: success
  type: dict
  sample:
    few_values: 14
bytes_before:
  description: Size of the file before.
  returned: success
  type: int
  sample: 25373117
bytes_after:
  description: Size of the file after.
  returned: success
  type: int
  sample: 25373117
backup_file:
  description: The old file. V(none) where nothing was rewritten or O(backup=false).
  returned: success
  type: str
  sample: /opt/models/ssd_mobilenet_trt.pb.4711.2026-11-26@19-30-00~
verification:
  description: What was verified before the new file got the name. V(none) in check mode and where nothing was rewritten.
  returned: success
  type: dict
  contains:
    tensors:
      description: Rewritten tensors that an independent decoder found equal bit for bit. Everything else was equal byte for byte.
      type: int
      sample: 83
    values:
      description: Numbers in these tensors.
      type: int
      sample: 4231976
    tensorflow:
      description: The result of TensorFlow. V(none) where O(executable) has no TensorFlow.
      type: dict
      contains:
        version:
          description: Version of TensorFlow, V(none) where it could not be imported.
          type: str
          sample: 1.12.0
        status:
          description:
            - V(ok), no comparison that could be run found a difference.
            - V(failed), V(crashed) and V(timed_out), TensorFlow did not finish the comparison.
            - V(too_large), there is not enough memory for the comparison.
          type: str
          sample: ok
        imported:
          description: Whether C(import_graph_def) accepted both graphs. V(none) where it was not reached.
          type: bool
          sample: true
        constants:
          description: Rewritten tensors that TensorFlow read from both files.
          type: int
          sample: 83
        constants_equal:
          description: Whether these are equal bit for bit. V(none) where it was not reached.
          type: bool
          sample: true
        outputs_equal:
          description:
            - Whether the outputs of both graphs are equal bit for bit, computed on the processor from the same seeded numbers,
              with 1 for every unknown dimension of an input.
            - V(none) where the graph cannot be run this way, or its outputs differ from run to run.
          type: bool
          sample: true
        error:
          description: Why a comparison could not be run, V(none) where all were run.
          type: str
          sample: "The process under /usr/bin/python3 was killed after 600 s: find what blocks it, or allow more time."
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack import repack
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text


def main():
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            backup=dict(type="bool", default=True),
            executable=dict(type="path", default="/usr/bin/python3"),
            timeout=dict(type="int", default=600),
        ),
        supports_check_mode=True,
    )
    convert_text(module)
    options = module.params
    path = os.path.realpath(options["path"])
    try:
        result = repack(path, not module.check_mode, options["backup"], options["executable"], options["timeout"])
    except Refusal as refusal:
        module.fail_json(msg=str(refusal))
    diff = result.pop("diff")
    if module._diff:
        result["diff"] = diff
    module.exit_json(**result)


if __name__ == "__main__":
    main()
