# SPDX-License-Identifier: Apache-2.0
"""A take's request, to be run once more: by the daemon and by the command line alike."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bridge.core.commands import Command
from bridge.core.prepare import Prepared, find_command, prepare
from bridge.core.reach import ANYWHERE, Reach
from bridge.takes.take import Take
from models.errors import BadArgument
from models.registry import Listing


def again(
    take: Take,
    *,
    engines: Sequence[Listing],
    rng: random.Random,
    new_seed: bool = False,
    reach: Reach = ANYWHERE,
) -> Prepared:
    """Prepare a take's request as if it were asked today, of the same engine.

    A parameter that is younger than the take gets its default.

    Raises:
        BadArgument: the take was played, not made, or one of its parameters is no more, or has
            other limits now.
        NextbarError: as `prepare` refuses what is asked for the first time.
    """
    request, summary = take.request, take.summary
    command = _job_of(summary.id, request.command)
    given = {**request.args, "takes": request.takes, "engine": summary.engine}
    if not new_seed:
        given["seed"] = request.seed
    try:
        return prepare(command, request.clips, given, engines=engines, rng=rng, reach=reach)
    except BadArgument as error:
        raise BadArgument(
            f"{summary.id} can't be made again: {error.message}", where=error.where
        ) from error


def _job_of(take_id: str, name: str) -> Command:
    """The job that a take is the answer of."""
    command = find_command(name)
    if command.kind != "job":
        raise BadArgument(
            f"{take_id} was played, so no engine can make it again; `play` it, or give it to "
            "another command as its clip.",
            where="take",
        )
    return command
