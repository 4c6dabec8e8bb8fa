# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JMESPath expressions over the facts of a board: compiled once, checked as far as possible without data.

The language: https://jmespath.org/specification.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.schema import LARGEST
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import any_of, did_you_mean

try:
    from jmespath import compile as jmespath_compile
    from jmespath.exceptions import JMESPathTypeError, ParseError
    from jmespath.functions import Functions
    from jmespath.visitor import TreeInterpreter

    HAS_JMESPATH = True
except ImportError:
    HAS_JMESPATH = False

# The names at the root of a document, and the subset of protobuf_facts that brings each. Source: RETURN of that module.
SUBSETS = {
    "board": "board",
    "calibration": "graphs",
    "development": "development",
    "environment": "python",
    "graphs": "graphs",
    "installation": "installation",
    "libraries": "libraries",
    "load_time": "load_time",
    "module": "module",
    "opencv": "opencv",
    "packages": "packages",
    "processes": "processes",
    "proofs": "opencv",
    "protoc": "protoc",
    "python": "python",
    "tools": "tools",
}
# What is always there: what is expected of the board, what could not be proven about it, and what looking at it has cost.
ALWAYS = frozenset(("expected", "unproven", "cost"))

# A negation before one of them binds tighter.
_LOOKING_INSIDE = ("subexpression", "flatten", "filter_projection", "value_projection")

Node = Mapping[str, Any]
# Characters and levels. Rules of the collection have 200 characters and ten levels at most.
_LONGEST = 10_000
_DEEPEST = 100
_TOO_DEEP = f"has more than {_DEEPEST} terms or brackets in each other: split the rule into several"


@dataclass(frozen=True)
class Expression:
    """A compiled expression, and the names that it reads at the root of a document."""

    text: str
    roots: frozenset[str]
    tree: Node = field(repr=False, compare=False)


@cache
def compile_expression(text: str) -> Expression:
    """Return the expression; a ValueError continues the sentence 'the query of the rule x ...'."""
    tree = _parse(text)
    _check_depth(tree)
    for node in _nodes(tree):
        _check_negation(node, text)
        if node["type"] == "function_expression":
            _check_call(node, text)
    roots: set[str] = set()
    _collect_roots(tree, True, roots)
    unknown = sorted(roots - {*SUBSETS, *ALWAYS})
    if unknown:
        meant = did_you_mean(unknown[0], [*SUBSETS, *sorted(ALWAYS)])
        raise ValueError(f"asks for {unknown[0]}, which is not a fact of a board ({one_line(text)}): {meant}")
    return Expression(text, frozenset(roots), tree)


def evaluate(expression: Expression, document: Mapping[str, Any]) -> Any:
    """Return what the expression gives; a ValueError continues the sentence 'the query ...'."""
    try:
        found = TreeInterpreter().visit(expression.tree, document)  # type: ignore[arg-type]
    except JMESPathTypeError as error:
        raise ValueError(
            f"gives {error.actual_type} to {error.function_name}(), which takes {any_of(error.expected_types)}: "
            "guard it, for example with not_null()"
        ) from error
    # jmespath leaves the comparison of a string with a number, and the like, to Python.
    except (ValueError, ArithmeticError, TypeError) as error:
        raise ValueError(f"fails ({one_line(str(error))}): correct it") from error
    if not _fits_json(found):
        raise ValueError("gives a number that no report can hold: correct it")
    return found


def _fits_json(value: Any) -> bool:
    """Return whether all numbers are such that JSON has; to_number() makes others of texts."""
    if isinstance(value, int | float):
        # Of NaN, nothing is true.
        return -LARGEST <= value <= LARGEST
    if isinstance(value, dict | list):
        return all(map(_fits_json, value.values() if isinstance(value, dict) else value))
    return True


def is_true(value: Any) -> bool:
    """Return whether JMESPath takes a value for true; 0 is."""
    return value is not None and value is not False and value not in ("", [], {})


def _parse(text: str) -> Node:
    if not text.strip():
        raise ValueError("is empty: give a JMESPath expression")
    if len(text) > _LONGEST:
        raise ValueError(f"has {len(text)} characters, which is more than {_LONGEST}: split the rule into several")
    try:
        tree: Any = jmespath_compile(text).parsed
    except ParseError as error:
        place = error.lex_position
        marked = one_line(f"{text[:place]}HERE-->{text[place:]}")
        # Counted from 1, as editors do.
        raise ValueError(f"is not valid JMESPath at position {place + 1} ({marked}): correct it there") from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    except ValueError as error:
        raise ValueError(f"is not valid JMESPath ({one_line(str(error))}): correct it") from error
    return dict(tree)


def _check_depth(tree: Node) -> None:
    """Refuse what Python could not walk: a || b || c is as deep as it has terms."""
    level = [tree]
    for _depth in range(_DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _check_negation(node: Node, text: str) -> None:
    """Refuse !a.b, which is (!a).b and gives nothing for any data."""
    if node["type"] in _LOOKING_INSIDE and node["children"][0]["type"] == "not_expression":
        raise ValueError(
            f"negates only what stands before the dot or the bracket ({one_line(text)}): write !(a.b) instead of !a.b"
        )


def _check_call(node: Node, text: str) -> None:
    """Refuse a call that fails for any data."""
    name, arguments, known = node["value"], node["children"], Functions.FUNCTION_TABLE
    where = f"({one_line(text)})"
    if name not in known:
        raise ValueError(f"calls {name}(), which is not a function of JMESPath {where}: {did_you_mean(name, known)}")
    signature = known[name]["signature"]
    variadic = bool(signature[-1].get("variadic"))
    if len(arguments) < len(signature) or (len(arguments) > len(signature) and not variadic):
        takes = f"{'at least ' if variadic else ''}{len(signature)}"
        raise ValueError(f"calls {name}() with the wrong number of arguments {where}: give it {takes}")
    for number, (argument, wanted) in enumerate(zip(arguments, signature, strict=False), 1):
        by_reference = "expref" in wanted["types"]
        if by_reference != (argument["type"] == "expref"):
            form = "an expression, as &path" if by_reference else "a value, without &"
            raise ValueError(f"calls {name}() wrongly {where}: give it {form}, as argument {number}")


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _nodes(child)


def _children(node: Node) -> list[Node]:
    # Those of a slice are numbers.
    return [] if node["type"] == "slice" else node["children"]


def _collect_roots(node: Node, at_root: bool, roots: set[str]) -> bool:
    """Add the names that a part of an expression reads from the document; return whether it can give the document itself.

    at_root: whether the part is evaluated over the document, and not over something in it.
    """
    kind, children = node["type"], _children(node)
    if kind == "field" and at_root:
        roots.add(node["value"])
    if kind in ("current", "identity"):
        return at_root
    if kind in ("subexpression", "pipe", "index_expression"):
        for child in children:
            at_root = _collect_roots(child, at_root, roots)
        return at_root
    if kind in ("or_expression", "and_expression"):
        # Each is walked for its names, also after one that gives the document.
        found = [_collect_roots(child, at_root, roots) for child in children]
        return any(found)
    # A projection evaluates all but its left side, and &expression all of it, over elements of something.
    over_document = {"projection": 1, "value_projection": 1, "filter_projection": 1, "expref": 0}.get(
        kind, len(children)
    )
    for number, child in enumerate(children):
        _collect_roots(child, at_root and number < over_document, roots)
    return False
