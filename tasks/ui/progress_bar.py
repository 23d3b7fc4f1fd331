"""A progress bar on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def show_progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """Yield a function ``tell(done, usd=None)``: how many of ``total`` are done, and their cost where it is known.

    The bar goes when the block ends.
    """
    if sys.stderr is None or not sys.stderr.isatty() or total == 0:
        yield lambda done, usd=None: None
        return
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(what, total=total)

        def tell(done: int, usd: float | None = None) -> None:
            cost = "" if usd is None else f", {usd:.4f} USD"
            progress.update(bar, completed=done, description=f"{what}{cost}")

        yield tell
