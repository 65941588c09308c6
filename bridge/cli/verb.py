# SPDX-License-Identifier: Apache-2.0
"""What a verb of the command line is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


def _no_arguments(parser: ArgumentParser) -> None:
    """A verb without arguments."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb.

    Attributes:
        name: one word, or two such as `takes list`.
        doc: one sentence.
        example: a line that works, for `--help`.
        run: does it; gives the exit code.
        arguments: adds its arguments to a parser.
        group: the heading of the overview that it stands under.
    """

    name: str
    doc: str
    example: str
    run: Callable[[Namespace], int]
    arguments: Callable[[ArgumentParser], None] = _no_arguments
    group: str = "Look after it"


def add_json(parser: ArgumentParser) -> None:
    """The flag that every verb with a table or a result has."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
