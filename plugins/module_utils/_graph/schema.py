# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold the field numbers and types of a TensorFlow graph, so that one can be parsed without TensorFlow.

Source: TensorFlow v1.12.0, tensorflow/core/framework/*.proto; the file of each message is named above it.
The numbers were taken from the descriptors inside TensorFlow 1.12.0's own wheel (tests/unit/fixtures/graphdef).

One line is one field: label, type, name, number. "map T name n" is map<string, T>; "oneof" is a member of
the only oneof of its message ("value"). Nested messages are listed beside their parents, because the wire format
has no names. Repeated numbers are packed in the originals, as is proto3's default.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

# types.proto, in the order of their numbers from 0. proto3 enums are open: the *_REF types (from 101)
# can be parsed without a name.
DATA_TYPES = (
    "DT_INVALID DT_FLOAT DT_DOUBLE DT_INT32 DT_UINT8 DT_INT16 DT_INT8 DT_STRING DT_COMPLEX64 DT_INT64 DT_BOOL "
    "DT_QINT8 DT_QUINT8 DT_QINT32 DT_BFLOAT16 DT_QINT16 DT_QUINT16 DT_UINT16 DT_COMPLEX128 DT_HALF DT_RESOURCE "
    "DT_VARIANT DT_UINT32 DT_UINT64"
)

SCHEMA = """
# graph.proto
message GraphDef
  repeated NodeDef node 1
  optional VersionDef versions 4
  optional int32 version 3
  optional FunctionDefLibrary library 2

# node_def.proto
message NodeDef
  optional string name 1
  optional string op 2
  repeated string input 3
  optional string device 4
  map AttrValue attr 5

# versions.proto
message VersionDef
  optional int32 producer 1
  optional int32 min_consumer 2
  repeated int32 bad_consumers 3

# attr_value.proto
message AttrValue
  oneof bytes s 2
  oneof int64 i 3
  oneof float f 4
  oneof bool b 5
  oneof DataType type 6
  oneof TensorShapeProto shape 7
  oneof TensorProto tensor 8
  oneof ListValue list 1
  oneof NameAttrList func 10
  oneof string placeholder 9

message ListValue
  repeated bytes s 2
  repeated int64 i 3
  repeated float f 4
  repeated bool b 5
  repeated DataType type 6
  repeated TensorShapeProto shape 7
  repeated TensorProto tensor 8
  repeated NameAttrList func 9

message NameAttrList
  optional string name 1
  map AttrValue attr 2

# tensor.proto
message TensorProto
  optional DataType dtype 1
  optional TensorShapeProto tensor_shape 2
  optional int32 version_number 3
  optional bytes tensor_content 4
  repeated int32 half_val 13
  repeated float float_val 5
  repeated double double_val 6
  repeated int32 int_val 7
  repeated bytes string_val 8
  repeated float scomplex_val 9
  repeated int64 int64_val 10
  repeated bool bool_val 11
  repeated double dcomplex_val 12
  repeated ResourceHandleProto resource_handle_val 14
  repeated VariantTensorDataProto variant_val 15
  repeated uint32 uint32_val 16
  repeated uint64 uint64_val 17

message VariantTensorDataProto
  optional string type_name 1
  optional bytes metadata 2
  repeated TensorProto tensors 3

# tensor_shape.proto
message TensorShapeProto
  repeated Dim dim 2
  optional bool unknown_rank 3

message Dim
  optional int64 size 1
  optional string name 2

# resource_handle.proto
message ResourceHandleProto
  optional string device 1
  optional string container 2
  optional string name 3
  optional uint64 hash_code 4
  optional string maybe_type_name 5

# function.proto
message FunctionDefLibrary
  repeated FunctionDef function 1
  repeated GradientDef gradient 2

message FunctionDef
  optional OpDef signature 1
  map AttrValue attr 5
  repeated NodeDef node_def 3
  map string ret 4

message GradientDef
  optional string function_name 1
  optional string gradient_func 2

# op_def.proto
message OpDef
  optional string name 1
  repeated ArgDef input_arg 2
  repeated ArgDef output_arg 3
  repeated AttrDef attr 4
  optional OpDeprecation deprecation 8
  optional string summary 5
  optional string description 6
  optional bool is_commutative 18
  optional bool is_aggregate 16
  optional bool is_stateful 17
  optional bool allows_uninitialized_input 19

message ArgDef
  optional string name 1
  optional string description 2
  optional DataType type 3
  optional string type_attr 4
  optional string number_attr 5
  optional string type_list_attr 6
  optional bool is_ref 16

message AttrDef
  optional string name 1
  optional string type 2
  optional AttrValue default_value 3
  optional string description 4
  optional bool has_minimum 5
  optional int64 minimum 6
  optional AttrValue allowed_values 7

message OpDeprecation
  optional int32 version 1
  optional string explanation 2
"""
