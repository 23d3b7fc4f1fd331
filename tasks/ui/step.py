"""A step: a function that a flow calls as a Prefect task. Prefect is loaded when it does, not for a plain call."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from prefect import Task
    from prefect.futures import PrefectFuture

P = ParamSpec("P")
R = TypeVar("R")


class Step(Generic[P, R]):
    """A step; ``fn`` is its function. Its results are not stored: each step writes files of its own."""

    def __init__(self, fn: Callable[P, R], name: str, run_name: str | Callable[[], str]):
        self.fn, self._name, self._run_name = fn, name, run_name
        update_wrapper(self, fn)

    @cached_property
    def task(self) -> Task[P, R]:
        """Return the step as a Prefect task."""
        from prefect import task
        from prefect.cache_policies import NO_CACHE

        named = task(name=self._name, task_run_name=self._run_name, cache_policy=NO_CACHE, persist_result=False)
        return named(self.fn)

    def __call__(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        """Run it as a task of the current flow."""
        return self.task(*arguments, **keywords)

    def submit(self, *arguments: P.args, **keywords: P.kwargs) -> PrefectFuture[R]:
        """Start it as a task of the current flow, beside what the flow does next."""
        return self.task.submit(*arguments, **keywords)


def step(name: str, run_name: str | Callable[[], str] = "") -> Callable[[Callable[P, R]], Step[P, R]]:
    """Make a function a step; ``run_name`` names a run of it, by default ``name``."""
    return lambda fn: Step(fn, name, run_name or name)
