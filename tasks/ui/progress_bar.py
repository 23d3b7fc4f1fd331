"""Shows a progress bar, on terminals only."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def show_progress(title: str, total: int) -> Generator[Callable[..., None]]:
    """Yield a function ``update(done, usd=None)``: how many of ``total`` are done, and their cost, None for unknown.

    The bar disappears at the end of the block.
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
        bar = progress.add_task(title, total=total)

        def update(done: int, usd: float | None = None) -> None:
            cost = ", cost unknown" if usd is None else f", {usd:.4f} USD"
            progress.update(bar, completed=done, description=f"{title}{cost}")

        yield update
