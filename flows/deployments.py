"""Serves the deployments of prefect.yaml from one process of this machine, without the workers of a work pool."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.events import DeploymentEventTrigger
from prefect.events.worker import EventsWorker
from prefect.exceptions import PrefectException
from prefect.logging.handlers import APILogWorker
from prefect.runner import Runner
from prefect.schedules import Schedule
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows.parameters import list_recipes
from flows.registration import ServedDeployment, pause_schedules, update_forms
from pedigree.errors import WorkspaceError

FILE = "prefect.yaml"
WATCH_SECONDS = 5.0  # between two looks for new recipes
DRAIN_SECONDS = 10.0  # seconds to send the remaining events and log lines at the end
# Keys of a deployment in prefect.yaml that only a work pool needs.
WORKER_KEYS = {"work_pool", "pull", "build", "push", "version"}
KEYS = {"name", "entrypoint", "description", "tags", "parameters", "schedules", "concurrency_limit", "triggers"}

log = logging.getLogger("pedigree")


def read_deployments(root: Path) -> list[ServedDeployment]:
    """Return the deployments of a workspace's prefect.yaml; the current folder must be ``root``.

    Raises WorkspaceError with the deployment and its mistake.
    """
    try:
        tree = YAML(typ="safe").load((root / FILE).read_text(encoding="utf-8"))
        entries = tree["deployments"]
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{root / FILE} can't be read: {error}", hint="correct it, or 'git restore' it") from None
    except (KeyError, TypeError):
        raise WorkspaceError(
            f"{root / FILE} has no list 'deployments'", expected="a key 'deployments' with a list", hint="correct it"
        ) from None
    return [_build(root, number, entry) for number, entry in enumerate(entries, start=1)]


def serve(deployments: list[ServedDeployment], limit: int, ready: Callable[[], None]) -> None:
    """Register deployments and execute their runs, at most ``limit`` at once, until a signal stops it.

    ``ready`` is called when they are registered; the current folder must be their workspace. At the end their schedules
    are paused until they are served again.
    """

    async def start() -> None:
        runner, loop, task = (
            Runner(limit=limit, pause_on_shutdown=False),
            asyncio.get_running_loop(),
            asyncio.current_task(),
        )
        stopping: list[asyncio.Future] = []
        registered: dict[UUID, str] = {}

        async def end() -> None:
            await pause_schedules(set(registered))
            await runner.astop()

        def stop() -> None:
            if runner.started and not stopping:
                stopping.append(asyncio.ensure_future(end()))
            elif not stopping and task:
                task.cancel()

        def stop_on_sigterm(*_: object) -> None:
            loop.call_soon_threadsafe(stop)

        # The runner's own handler exits at once, and Prefect would show its unfinished runs as running.
        runner.handle_sigterm = stop_on_sigterm
        loop.add_signal_handler(signal.SIGINT, stop)
        try:
            for deployment in deployments:
                registered[await runner.aadd_deployment(deployment)] = str(deployment.entrypoint)
            ready()
            watch = asyncio.create_task(_watch_recipes(registered))
            try:
                await runner.start()
            finally:
                watch.cancel()
        finally:
            await pause_schedules(set(registered))

    try:
        with suppress(asyncio.CancelledError):
            asyncio.run(start())
    finally:  # while the server still runs: without one, the interpreter would wait for them forever at its exit
        for worker in (EventsWorker, APILogWorker):
            worker.drain_all(DRAIN_SECONDS, at_exit=False)


async def _watch_recipes(registered: Mapping[UUID, str]) -> None:
    """Show new recipes in the forms, and take removed ones out of them, within seconds."""
    shown = list_recipes()
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if (now := list_recipes()) != shown:
            try:
                await update_forms(registered)
                shown = now
            except Exception as error:  # the next look tries again
                log.warning("the forms do not show the changed recipes yet: %s", error)


def _build(root: Path, number: int, entry: Any) -> ServedDeployment:
    where = f"{root / FILE}, deployment {number}"
    try:
        where = f"{root / FILE}, deployment {entry['name']!r}"
        if unknown := sorted(set(entry) - KEYS - WORKER_KEYS):
            raise WorkspaceError(f"{where}: unknown key {unknown[0]!r}", expected=f"one of {', '.join(sorted(KEYS))}")
        limit = entry.get("concurrency_limit")
        deployment = ServedDeployment.from_entrypoint(
            entry["entrypoint"],
            entry["name"],
            description=entry.get("description"),
            tags=entry.get("tags"),
            parameters=entry.get("parameters") or {},
            schedules=[Schedule(**schedule) for schedule in entry.get("schedules") or []],
            concurrency_limit=ConcurrencyLimitConfig(**limit) if isinstance(limit, dict) else limit,
            triggers=[DeploymentEventTrigger(**trigger) for trigger in entry.get("triggers") or []],
        )
        _check_parameters(entry, set(deployment._parameter_openapi_schema.properties), where)
        return cast("ServedDeployment", deployment)  # Prefect's own annotation names its base class
    except KeyError as error:
        raise WorkspaceError(f"{where}: key {error} is missing", expected="a name and an entry point") from None
    except (ValidationError, PrefectException, TypeError, ValueError, OSError) as error:
        details = [f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in _list_mistakes(error)]
        raise WorkspaceError(
            f"{where}: {'; '.join(details) or error}", hint="correct it; 'prefect deploy' reads the same file"
        ) from None


def _check_parameters(entry: dict[str, Any], known: set[str], where: str) -> None:
    """Raise WorkspaceError for a parameter that the flow lacks; Prefect itself notices only when a run starts."""
    for part in (entry, *(entry.get("schedules") or []), *(entry.get("triggers") or [])):
        if unknown := sorted(set(part.get("parameters") or {}) - known):
            raise WorkspaceError(
                f"{where}: the flow has no parameter {unknown[0]!r}", expected=f"one of {', '.join(sorted(known))}"
            )


def _list_mistakes(error: Exception) -> list[Any]:
    return error.errors() if isinstance(error, ValidationError) else []
