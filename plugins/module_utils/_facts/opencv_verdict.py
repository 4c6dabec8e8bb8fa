# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge from the facts of OpenCV whether it works with protobuf: one word and one sentence."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv_imports import without_cv2, works
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import NONE_FOUND

# What makes cv2 fail by itself, and the remedy; the last one is for everything else.
_REMEDIES = (
    (re.compile(r"(\S+\.so[.0-9]*): cannot open shared object file"), "install the package that has {0}"),
    (re.compile(r"No module named '?([\w.]+)'?"), "install {0} for this interpreter"),
    (
        re.compile(r"ended by signal 4\b|Illegal instruction"),
        "set OPENBLAS_CORETYPE to ARMV8, or install a NumPy and an OpenCV that were built for this processor",
    ),
    (re.compile(r"did not end in time"), "allow more time, or survey the board while it is idle"),
    (re.compile(""), "repair that first"),
)
_PROTOBUFS = {
    "cpp": "the C++ protobuf",
    "python": "the pure Python protobuf, which contains no C++,",
    "upb": "the upb protobuf, which shares nothing with libprotobuf,",
    "unknown": "a protobuf of an unknown backend",
}


def judge(facts, outcomes, active, packages, obstacle):
    """Return (verdict, reason).

    outcomes: of import_in_every_order(); active: the OpenCV binaries that the verdict is for; packages: {path: package or
    None}; obstacle: why the interpreter could not list its bindings or the board not import them, or None.
    """
    if not facts["found"]:
        return "absent", _why_absent(obstacle)
    links = [link for link in facts["links"] if link["binary"] in active]
    # The libraries that cv2 itself reaches come first, on the shortest path.
    links.sort(key=lambda link: (active.index(link["binary"]), len(link["via"])))
    conflict = _broken_link(links, packages) or _foreign_mapping(facts, outcomes) or _failure(outcomes)
    if conflict:
        return "conflict", conflict
    mapped = sorted({path for outcome in outcomes for path in _mapped_by_cv2(outcome)})
    verdict, use = "independent", "uses no protobuf library"
    if links or mapped:
        verdict, use = "links_distribution", _linkage(links, mapped)
    elif any(path in active for path in facts["embedded"]):
        verdict, use = "embedded", "contains its own protobuf" + _built_with(facts["build_information"])
    doubt = _doubt(outcomes, obstacle)
    if doubt:
        return "unproven", "{0} {1}, and {2}.".format(_subject(facts), use, doubt)
    return verdict, "{0} {1}{2}.".format(_subject(facts), use, _import_results(facts, outcomes))


def _why_absent(obstacle):
    if obstacle:
        return "No libopencv_*.so was found, and cv2 could not be searched for: {0}".format(obstacle)
    return NONE_FOUND


def _subject(facts):
    version = " " + facts["version"] if facts["version"] else ""
    return ("cv2" if facts["bindings"] else "OpenCV") + version


def _built_with(build_information):
    return " ({0})".format(build_information) if build_information else ""


def _linkage(links, mapped):
    phrases = []
    for link in links:
        package = "package " + link["package"] if link["package"] else "of no package"
        via = " through " + ", ".join(map(os.path.basename, link["via"])) if link["via"] else ""
        phrase = "{0} ({1}){2}".format(link["library"], package, via)
        if not any(known.startswith(link["library"] + " ") for known in phrases):
            phrases.append(phrase)
    return "uses " + " and ".join(phrases or mapped)


def _broken_link(links, packages):
    """Return what is wrong where OpenCV lacks the libprotobuf that it was built with, else None."""
    for link in links:
        user = (link["via"] or [link["binary"]])[-1]
        if not os.path.isabs(link["library"]):
            return "{0} needs {1}, which the loader does not find: reinstall the package that provides it.".format(
                user, link["library"]
            )
        owner = packages.get(user)
        if link["library"].startswith("/usr/local/") and owner and owner != link["package"]:
            return (
                "{0} of package {1} gets {2} instead of the distribution's libprotobuf: "
                "remove that library and run ldconfig.".format(user, owner, link["library"])
            )
    return None


def _foreign_mapping(facts, outcomes):
    built_with = re.match(r"Protobuf: (/\S+)", facts["build_information"] or "")
    if not built_with or built_with.group(1).startswith("/usr/local/"):
        return None
    for outcome in outcomes:
        for path in _mapped_by_cv2(outcome):
            if path.startswith("/usr/local/"):
                return "cv2 was built with {0} but loads {1}: remove that library and run ldconfig.".format(
                    built_with.group(1), path
                )
    return None


def _mapped_by_cv2(outcome):
    # Only the first import shows what it maps itself; later ones may find libraries that others have mapped.
    return outcome["child"]["mapped_by"].get("cv2", []) if outcome["order"][0] == "cv2" else []


def _failure(outcomes):
    # Where memory ended, the controls that would show the cause were not tried.
    if any(outcome["status"] == "unproven" for outcome in outcomes):
        return None
    alone = works(outcomes, ("cv2",))
    if alone is False:
        error = _error(outcomes, ("cv2",))
        blames_protobuf = re.search("proto", error, re.IGNORECASE)
        return "cv2 does not even work on its own: {0}".format(error) if blames_protobuf else None
    for outcome in outcomes:
        others = without_cv2(outcome["order"])
        # What only ran out of time proves nothing.
        if (
            outcome["status"] in ("ok", "timed_out")
            or "cv2" not in outcome["order"]
            or works(outcomes, others) is False
        ):
            continue
        return "Importing {0} in one process fails, although it works without cv2: {1}; {2}.".format(
            ", then ".join(outcome["order"]), outcome["error"].rstrip("."), _conflict_remedy(outcomes)
        )
    return None


def _conflict_remedy(outcomes):
    """Return what helps: another order where one works, else another build of the module or of OpenCV."""
    working = [
        outcome["order"]
        for outcome in outcomes
        if outcome["status"] == "ok" and set(["cv2", "protobuf"]) <= set(outcome["order"])
    ]
    if working:
        return "import {0} in the program".format(", then ".join(working[0]))
    if any(outcome["child"]["mapped_by"].get("protobuf") for outcome in outcomes):
        return "link the protobuf module statically, or use an OpenCV that has its own protobuf"
    return "use another OpenCV, as the protobuf module loads no libprotobuf of its own"


def _error(outcomes, order):
    return next(outcome["error"] for outcome in outcomes if tuple(outcome["order"]) == order)


def _doubt(outcomes, obstacle):
    """Return why the imports in child processes prove nothing, with the remedy; None where they do, or nothing is to import."""
    if obstacle:
        return "no import was tried: {0}".format(obstacle.rstrip("."))
    starved = [outcome for outcome in outcomes if outcome["status"] == "unproven"]
    if starved:
        return "the import test is inconclusive because {0}".format(_fault(starved[-1]))
    late = [outcome for outcome in outcomes if outcome["status"] == "timed_out"]
    broken = [outcome for outcome in outcomes if outcome["status"] != "ok" and _is_control(outcome)]
    beside = works(outcomes, ("cv2", "protobuf")) and works(outcomes, ("protobuf", "cv2"))
    if beside or not late + broken:
        return None
    fault = _fault((broken or late)[0])
    remedy = next((pattern.search(fault), remedy) for pattern, remedy in _REMEDIES if pattern.search(fault))
    return "the import test is inconclusive because {0}: {1}".format(fault, remedy[1].format(*remedy[0].groups()))


def _import_results(facts, outcomes):
    """Return the end of the sentence: what the imports in child processes have shown."""
    if not outcomes:
        return ", and there is no cv2 module to import"
    broken = [outcome for outcome in outcomes if outcome["status"] != "ok" and _is_control(outcome)]
    backend = facts["import_test"]["backend"]
    ending = " and works with {0} in every import order".format(_PROTOBUFS.get(backend))
    if backend is None:
        ending = " and works, but there is no protobuf module to try it with"
    return ending + "; but {0}".format(_fault(broken[0])) if broken else ending


def _is_control(outcome):
    """Return whether an outcome is a control: cv2 alone, or the others without cv2."""
    return outcome["order"] == ["cv2"] or "cv2" not in outcome["order"]


def _fault(outcome):
    alone = " on its own" if _is_control(outcome) else ""
    return "{0} fails{1}: {2}".format(" with ".join(outcome["order"]), alone, outcome["error"].rstrip("."))
