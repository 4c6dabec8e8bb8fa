# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in each graph of a board, and how long it takes to load there."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_prediction import calibrate, predict
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import read_contents

_TOLD = ("bytes", "nodes", "encodings", "repackable")


def graphs_facts(executable, timeout, paths):
    """One entry for each path, in their order.

    status is one of _graph/graph_file.py: ok, graph_missing, graph_unreadable, graph_empty, graph_invalid or graph_too_large.
    With status ok, an error says why there is no prediction. values counts numbers outside of tensor_content.
    """
    read = [(path, read_contents(os.path.abspath(to_bytes(path)))) for path in paths]
    # One calibration, and only where there is something to predict.
    calibration = calibrate(executable, timeout) if any(contents for path, (refusal, contents) in read) else None
    return [_graph_facts(path, refusal, contents, calibration) for path, (refusal, contents) in read]


def _graph_facts(path, refusal, contents, calibration):
    facts = dict.fromkeys(_TOLD + ("values", "prediction", "error"))
    facts.update(path=path, status="ok", encodings={})
    if refusal:
        return dict(facts, status=refusal[0], error="{0} {1}".format(path, refusal[1]))
    facts.update((name, contents[name]) for name in _TOLD)
    facts["values"] = contents["work"]["fixed_values"] + contents["work"]["varint_values"]
    if calibration["error"]:
        return dict(facts, error="How long {0} takes to load cannot be told: {1}".format(path, calibration["error"]))
    return dict(facts, prediction=_prediction(calibration, contents))


def _prediction(calibration, contents):
    both = dict((backend, _seconds(calibration[backend], contents)) for backend in ("python", "cpp"))
    used = _seconds(calibration[calibration["backend"]], contents)
    return dict(
        both,
        backend=calibration["backend"],
        seconds=used["seconds"],
        seconds_repacked=used["seconds_repacked"],
        error_percent=calibration["error_percent"],
    )


def _seconds(rates, contents):
    if rates is None:
        return None
    return dict(
        seconds=round(predict(rates, contents["work"]), 6),
        seconds_repacked=round(predict(rates, contents["work_repacked"]), 6),
        measured=rates["measured"],
    )
