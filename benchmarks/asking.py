"""What the benchmarks of ``complete`` share: a job of so many calls, and two clients to compare it with."""

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from pedigree.generation.batch import Batch
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from pedigree.models.litellm_library import load_litellm
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace
from tasks.complete import complete

MESSAGES = [{"role": "user", "content": "Write 1 row about a cat, as JSON."}]


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a client, and the peak memory of its process so far, in MiB."""

    seconds: float
    cpu: float
    peak: float


def measure(client: Callable[[], object]) -> Cost:
    """Return what a client's run takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    client()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, peak)


def make_complete(folder: Path, url: str, calls: int, concurrency: int) -> Callable[[], None]:
    """Return a function that asks with the step ``complete``, into a new ledger; the prompts are built before."""
    recipe = Recipe(
        dataset="speed",
        task="Which animal is this about?",
        labels={"cat": {"share": 0.5, "means": "about a cat"}, "dog": {"share": 0.5, "means": "about a dog"}},
        rows=calls,
        generators=[{"model": "openai/fake", "api_base": url, "rows_per_call": 1, "concurrency": concurrency}],
    )
    (folder / "prompts").symlink_to(Path(__file__).parents[1] / "prompts")
    job = Job(Workspace(folder), recipe)
    builder, generator = PromptBuilder(job), recipe.generators[0]
    prompts = [builder.build(Slot(generator, "cat", place), 1, {}) for place in range(calls)]

    def run() -> None:
        with Ledger(job.workspace.ledger) as ledger:
            done = complete.fn(job, Batch(prompts), ledger)
        assert len(done.completions) == calls and not any(one.failure for one in done.completions)

    return run


def measure_complete(url: str, calls: int, concurrency: int) -> Cost:
    """Return what ``complete`` takes."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(make_complete(Path(folder), url, calls, concurrency))


def measure_aiohttp(url: str, calls: int, concurrency: int) -> Cost:
    """Return what aiohttp alone takes."""
    return measure(partial(_run_aiohttp, url, calls, concurrency))


def measure_litellm(url: str, calls: int, concurrency: int) -> Cost:
    """Return what LiteLLM alone takes."""
    return measure(partial(_run_litellm, url, calls, concurrency))


def _run_litellm(url: str, calls: int, concurrency: int) -> None:
    """Ask with LiteLLM's ``acompletion`` alone, never more than ``concurrency`` at a time."""
    litellm = load_litellm()

    async def ask() -> None:
        await litellm.acompletion(
            model="openai/fake", messages=MESSAGES, api_base=url, api_key="none", num_retries=0, max_retries=0
        )

    asyncio.run(_ask_all(ask, calls, concurrency))


def _run_aiohttp(url: str, calls: int, concurrency: int) -> None:
    """Ask with aiohttp alone, never more than ``concurrency`` at a time."""

    async def ask_all() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:

            async def ask() -> None:
                body = {"model": "fake", "messages": MESSAGES}
                async with session.post(f"{url}/chat/completions", json=body) as answer:
                    await answer.json()

            await _ask_all(ask, calls, concurrency)

    asyncio.run(ask_all())


async def _ask_all(ask: Callable, calls: int, concurrency: int) -> None:
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await ask()

    await asyncio.gather(*(work() for _ in range(concurrency)))
