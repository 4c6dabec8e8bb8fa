# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what is in each graph of a board, and predict how long it takes to load there."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_prediction import predict
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import read_contents

_CONTENTS = ("bytes", "nodes", "encodings", "repackable")


def graphs_facts(paths, calibrate):
    """Return the facts `graphs`, one dict for each path in their order, and what calibrate() returns, or None without graphs."""
    read = [(path, read_contents(os.path.abspath(to_bytes(path)))) for path in paths]
    # Calibrate once, and only where there is a graph to predict.
    calibration = calibrate() if any(contents for path, (refusal, contents) in read) else None
    return [_graph_facts(path, refusal, contents, calibration) for path, (refusal, contents) in read], calibration


def _graph_facts(path, refusal, contents, calibration):
    facts = dict.fromkeys(_CONTENTS + ("values", "prediction", "error"))
    facts.update(path=path, status="ok", encodings={})
    if refusal:
        return dict(facts, status=refusal[0], error="{0} {1}".format(path, refusal[1]))
    facts.update((name, contents[name]) for name in _CONTENTS)
    facts["values"] = contents["work"]["fixed_values"] + contents["work"]["varint_values"]
    if calibration["error"]:
        return dict(
            facts,
            status=calibration["status"],
            error="The load time of {0} cannot be predicted: {1}".format(path, calibration["error"]),
        )
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
