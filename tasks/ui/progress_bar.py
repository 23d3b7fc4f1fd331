"""Shows a progress bar, on terminals only."""

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text


@contextmanager
def show_progress(title: str, total: int, describe: Callable[[], str]) -> Generator[Callable[..., None]]:
    """Yield a function ``update(done, usd=None)``: how many of ``total`` are done, and their cost, None for unknown.

    The line below the bar says what ``describe`` returns whenever it is drawn. Both disappear at the end of the block.
    """
    if sys.stderr is None or not sys.stderr.isatty() or total == 0:
        yield lambda done, usd=None: None
        return
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with _DescribedBar(columns, describe) as progress:
        bar = progress.add_task(title, total=total)

        def update(done: int, usd: float | None = None) -> None:
            cost = ", cost unknown" if usd is None else f", {usd:.4f} USD"
            progress.update(bar, completed=done, description=f"{title}{cost}")

        yield update


class _DescribedBar(Progress):
    """A progress bar with a line below it."""

    def __init__(self, columns: Iterable[ProgressColumn], describe: Callable[[], str]):
        self._describe = describe
        super().__init__(*columns, console=Console(stderr=True), transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        yield Text(self._describe())
