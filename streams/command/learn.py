"""``stayline learn``: start production with a model learnt from a history."""

from typing import Annotated

import typer


def learn_history(
    file: Annotated[str, typer.Argument(help="NDJSON, one event a line, each with its type; - reads standard input.")],
    replace: Annotated[bool, typer.Option("--replace", help="Publish even if a model is there.")] = False,
) -> None:
    """Learn a history in one process and publish the model to models, for the workers and the learner to go on from.

    Stop the learner while doing so, and do not publish the same events to the raw topics afterwards: their answers
    would be learnt twice. Refused where a model is there, which may be of other features or another horizon.
    """
    from streams.learner.from_history import run_learning  # noqa: PLC0415 - River takes a second to import

    run_learning(file, replace=replace)
