"""Same work, four engines: Stayline, Faust, Quix Streams and Bytewax score the same purchases on the same broker."""

from bench.result import Result
from deploy.local.server import Progress


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Hold the comparison.

    Args:
        quick: Once and with few purchases: shows that all run, and measures nothing.
        seed: Of the purchases and the model.
        tell: Told what is being done.

    Raises:
        RuntimeError: A contestant failed, or its risks are not the worker's.
        LocalServerError: The broker did not start.
    """
    # The peers' environment imports this package, too, and has nothing of what a comparison takes.
    from bench.engines.report import report  # noqa: PLC0415

    return report(quick=quick, seed=seed, tell=tell)
