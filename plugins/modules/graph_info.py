#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: graph_info
short_description: Show what is inside a frozen TensorFlow graph
version_added: 0.1.0
author:
  - jetfleet.protobuf contributors (@jetfleet)
description:
  - Shows what a frozen TensorFlow graph (a binary C(GraphDef)) consists of, and thereby why it loads slowly.
  - What makes pure Python slow is not the size of a file but the number of values in packed lists of numbers, such as
    C(float_val) and C(half_val), and the number of nodes and attributes. Bytes in C(tensor_content) cost next to nothing.
  - Needs neither TensorFlow nor protobuf, because it reads the wire format itself. Large values are skipped or counted in
    parts, so that a file of 2 GB needs less than 100 MB of memory, including Ansible's own.
  - Counts what is in the file. Where a message contains a singular field twice, protobuf keeps the last one, but both are counted.
  - Fields that TensorFlow 1.12 does not know are skipped.
  - The module fails and names the byte where the file is not a graph that protobuf could parse.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes
  - jetfleet.protobuf.attributes.read_only
options:
  path:
    description:
      - The graph on the host.
    type: path
    required: true
seealso:
  - module: jetfleet.protobuf.graph_repack
  - module: jetfleet.protobuf.protobuf_facts
"""

EXAMPLES = r"""
- name: Inspect a graph
  jetfleet.protobuf.graph_info:
    path: /opt/detector/ssd_mobilenet.pb
  register: graph

- name: Show how many values are in packed lists, and in which nodes
  ansible.builtin.debug:
    msg:
      - "{{ graph.encodings }}"
      - "{{ graph.heaviest | map(attribute='name') | list }}"

- name: Refuse a graph that pure Python would take long to load
  ansible.builtin.assert:
    that: graph.repackable['values'] < 1000000
    fail_msg: "{{ graph.repackable['values'] }} values of the graph load slowly: move them to tensor_content with graph_repack."
"""

RETURN = r"""
bytes:
  description: Size of the file in bytes.
  returned: success
  type: int
  sample: 17046727
nodes:
  description: Nodes of the graph, without those of functions.
  returned: success
  type: int
  sample: 253
functions:
  description: Functions in the graph's library.
  returned: success
  type: int
  sample: 0
function_nodes:
  description: Nodes of these functions.
  returned: success
  type: int
  sample: 0
attributes:
  description: Attributes of all nodes.
  returned: success
  type: int
  sample: 643
inputs:
  description: Inputs of all nodes, control inputs included.
  returned: success
  type: int
  sample: 254
trt_engine_ops:
  description: Nodes whose operation is C(TRTEngineOp).
  returned: success
  type: int
  sample: 0
encodings:
  description:
    - How values are encoded, by the field of C(TensorProto) that holds them, such as C(tensor_content), C(float_val),
      C(half_val), C(int_val) or C(string_val).
    - C(list) stands for lists in attributes, without the tensors in them, and C(serialized_segment) for the attribute of that name,
      which holds a serialized TensorRT engine.
    - Only encodings that occur are listed.
  returned: success
  type: dict
  sample:
    float_val:
      tensors: 137
      values: 4253864
      bytes: 17015456
    tensor_content:
      tensors: 6
      values: 42
      bytes: 168
  contains:
    tensors:
      description: Number of tensors, lists or attributes with such values.
      type: int
    values:
      description:
        - Number of values. A complex number counts as two.
        - For C(tensor_content), the number of elements according to the shape, 0 where that is unknown.
        - For C(serialized_segment) it is always 0.
      type: int
    bytes:
      description: Size of the values in the file in bytes, without tags and lengths.
      type: int
heaviest:
  description:
    - The twenty heaviest nodes, including those of functions, in descending order.
    - The weight of a node is its size in bytes, plus 1000 for each of its values, because decoding a value costs pure Python as much as
      copying 1000 bytes.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the node. A name of more than 1000 bytes is cut off, followed by C(...).
      type: str
      sample: conv_pw_13/Conv2D/ReadVariableOp
    op:
      description: Its operation, cut off in the same way.
      type: str
      sample: Const
    function:
      description: Name of the function that the node is in, V(null) for a node of the graph itself.
      type: str
      sample: null
    bytes:
      description: Size of the node in bytes.
      type: int
      sample: 4194407
    values:
      description: Numbers in its tensors and lists that a parser decodes one by one.
      type: int
      sample: 1048576
repackable:
  description: What can be moved into C(tensor_content) without changing any tensor.
  returned: success
  type: dict
  contains:
    tensors:
      description: Number of tensors.
      type: int
      sample: 137
    values:
      description: Number of their values in packed lists.
      type: int
      sample: 4253864
    bytes:
      description: Size of the new C(tensor_content) in bytes.
      type: int
      sample: 17015456
work:
  description: How many things of each kind a parser has to handle to load the graph. Load times are predicted from these numbers.
  returned: success
  type: dict
  contains:
    nodes:
      description: Nodes, including those of functions.
      type: int
      sample: 253
    attributes:
      description: Entries of maps, which are the attributes of nodes and of functions. The message in an entry counts as part of it.
      type: int
      sample: 643
    messages:
      description: All other messages, such as tensors, shapes, dimensions and lists.
      type: int
      sample: 607
    fields:
      description: Numbers, strings and bytes outside of packed lists.
      type: int
      sample: 2237
    fixed_values:
      description: Numbers of a fixed width (floats and doubles) in lists.
      type: int
      sample: 4253864
    varint_values:
      description: Numbers of a variable width (all others) in packed lists.
      type: int
      sample: 234
    varint_bytes:
      description: Size of these in bytes.
      type: int
      sample: 236
    bytes:
      description: Size of the file.
      type: int
      sample: 17046727
work_repacked:
  description: The same after everything in RV(repackable) has been moved. The fields are those of RV(work).
  returned: success
  type: dict
  sample:
    nodes: 253
    attributes: 643
    messages: 607
    fields: 2374
    fixed_values: 0
    varint_values: 234
    varint_bytes: 236
    bytes: 17046727
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import read_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text


def main():
    module = AnsibleModule(argument_spec=dict(path=dict(type="path", required=True)), supports_check_mode=True)
    convert_text(module)
    path = module.params["path"]
    refusal, contents = read_contents(to_bytes(path))
    if refusal:
        module.fail_json(msg="{0} {1}".format(path, refusal[1]))
    module.exit_json(changed=False, **contents)


if __name__ == "__main__":
    main()
