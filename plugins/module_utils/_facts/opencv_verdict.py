# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what was seen of OpenCV to one word and one sentence. Plain data in, plain data out."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv_imports import without_cv2, works

_PROTOBUFS = {
    "cpp": "the C++ protobuf",
    "python": "the pure-Python protobuf, which has no C++ in it,",
    "upb": "the upb protobuf, which shares nothing with libprotobuf,",
}


def judge(facts, outcomes, active, packages, survey_error):
    """(verdict, reason).

    active: the OpenCV binaries that the verdict is about; packages: {path: dpkg owner or None};
    survey_error: why the interpreter could not be asked for its cv2, or None.
    """
    if not facts["found"]:
        return "absent", _why_absent(survey_error)
    links = [link for link in facts["links"] if link["binary"] in active]
    # What cv2 itself reaches is told first, on the shortest way.
    links.sort(key=lambda link: (active.index(link["binary"]), len(link["via"])))
    conflict = _broken_link(links, packages) or _foreign_mapping(facts, outcomes) or _failure(outcomes)
    if conflict:
        return "conflict", conflict
    mapped = sorted({path for outcome in outcomes for path in _mapped_by_cv2(outcome)})
    ending = _what_was_proven(facts, outcomes, survey_error)
    if links or mapped:
        return "links_distribution", "{0} {1}{2}.".format(_subject(facts), _linkage(links, mapped), ending)
    if any(path in active for path in facts["embedded"]):
        return "embedded", "{0} has a protobuf of its own inside{1}{2}.".format(
            _subject(facts), _built_with(facts["build_information"]), ending
        )
    return "independent", "{0} uses no protobuf library{1}.".format(_subject(facts), ending)


def _why_absent(survey_error):
    if survey_error:
        return "No libopencv_*.so was found, and cv2 could not be looked for: {0}".format(survey_error)
    return "No OpenCV was found: neither a cv2 module for the interpreter nor a libopencv_*.so for the loader."


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
    """OpenCV without the libprotobuf that it was built with."""
    for link in links:
        user = (link["via"] or [link["binary"]])[-1]
        if not os.path.isabs(link["library"]):
            return "{0} needs {1}, which the loader does not find: put the package back that brings it.".format(
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
    # Only what the first import maps can be told from what others brought along.
    return outcome["child"]["mapped_by"].get("cv2", []) if outcome["order"][0] == "cv2" else []


def _failure(outcomes):
    alone = works(outcomes, ("cv2",))
    if alone is False:
        error = _error(outcomes, ("cv2",))
        blames_protobuf = re.search("proto", error, re.IGNORECASE)
        return "cv2 does not work, whatever it is imported with: {0}".format(error) if blames_protobuf else None
    for outcome in outcomes:
        others = without_cv2(outcome["order"])
        if outcome["status"] == "ok" or "cv2" not in outcome["order"] or works(outcomes, others) is False:
            continue
        return (
            "Importing {0} in one process fails, although it works without cv2: {1}; "
            "link the protobuf module statically, or use an OpenCV that has its own protobuf.".format(
                ", then ".join(outcome["order"]), outcome["error"].rstrip(".")
            )
        )
    return None


def _error(outcomes, order):
    return next(outcome["error"] for outcome in outcomes if tuple(outcome["order"]) == order)


def _what_was_proven(facts, outcomes, survey_error):
    """How the sentence ends: what the child processes have shown, and what they have not."""
    if survey_error:
        return ", and no import was tried: {0}".format(survey_error.rstrip("."))
    if not outcomes:
        return ", and there is no cv2 module to import"
    broken = [outcome for outcome in outcomes if outcome["status"] != "ok" and _is_control(outcome)]
    beside = works(outcomes, ("cv2", "protobuf")) and works(outcomes, ("protobuf", "cv2"))
    if broken and not beside:
        return ", and nothing was proven because {0}".format(_fault(broken[0]))
    backend = facts["proof"]["backend"]
    ending = " and works with {0} in every import order".format(_PROTOBUFS.get(backend))
    if backend is None:
        ending = " and works, but there is no protobuf module to try it with"
    return ending + "; but {0}".format(_fault(broken[0])) if broken else ending


def _is_control(outcome):
    """Whether it shows what fails without help: cv2 alone, or the others without cv2."""
    return outcome["order"] == ["cv2"] or "cv2" not in outcome["order"]


def _fault(outcome):
    return "{0} fails on its own: {1}".format(" with ".join(outcome["order"]), outcome["error"].rstrip("."))
