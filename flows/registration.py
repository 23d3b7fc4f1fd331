"""Registers the deployments of a workspace with a Prefect server, so that each belongs to the workspace that serves it.

A deployment keeps what people changed in the Prefect UI. Only a key that was edited in prefect.yaml is registered anew.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_HOME
from prefect.utilities.callables import parameter_schema

from flows.own_workspace import make_pull_steps
from flows.serve_record import ServeRecord
from pedigree.system.workspace_identity import ensure_identity
from pedigree.workspace import Workspace, find_workspace

LABEL = "pedigree.workspace"  # of the events of a served workspace
FIELDS = {"description", "tags", "parameters", "concurrency_limit", "concurrency_options"}


class ServedDeployment(RunnerDeployment):
    """A deployment of the workspace that holds the current folder; Prefect's runner registers it by ``aapply``."""

    async def aapply(
        self,
        schedules: list[dict[str, Any]] | None = None,
        work_pool_name: str | None = None,
        image: str | None = None,
        version_info: Any = None,
    ) -> UUID:
        """Register this deployment and return its ID; the arguments are Prefect's, and are not used."""
        workspace = find_workspace()
        identity = ensure_identity(workspace)
        async with _hold_names(), get_client() as client:
            existing = await _find_own(self, client, workspace, identity)
            return await _Registration(self, client, workspace, identity).run(existing)


async def update_forms(registered: Mapping[UUID, str]) -> None:
    """Write the forms of deployments anew, with the recipes that exist now; the values are their entry points."""
    async with get_client() as client:
        for deployment, entrypoint in registered.items():
            form = parameter_schema(load_flow_from_entrypoint(entrypoint)).model_dump(exclude_unset=True)
            try:
                await client.update_deployment(deployment, DeploymentUpdate(parameter_openapi_schema=form))
            except ObjectNotFound:  # deleted in the UI
                continue


async def pause_schedules(deployments: set[UUID]) -> None:
    """Pause deployments until they are served again; those that people paused stay as they are after that, too."""
    record = ServeRecord(find_workspace())
    async with get_client() as client:
        for deployment in deployments:
            try:
                if not (await client.read_deployment(deployment)).paused:
                    record.write(deployment, paused=True)
                    await client.pause_deployment(deployment)
            except ObjectNotFound:  # deleted in the UI
                continue


@asynccontextmanager
async def _hold_names() -> AsyncGenerator[None]:
    """Hold the lock of a Prefect home: between the search for a free name and its use, no other process takes it."""
    path = PREFECT_HOME.value() / "pedigree-names.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


async def _find_own(
    deployment: ServedDeployment, client: PrefectClient, workspace: Workspace, identity: str
) -> DeploymentResponse | None:
    """Return the workspace's own deployment on the server, if there is one, and give ``deployment`` its name.

    The name of prefect.yaml is for the workspace that comes first; any other adds its identity.
    """
    plain, own = deployment.name, f"{deployment.name}-{identity}"
    taken = False
    for name in (own, plain):
        try:
            existing = await client.read_deployment_by_name(f"{deployment.flow_name}/{name}")
        except ObjectNotFound:
            continue
        if _belongs(existing, workspace, identity):
            deployment.name = name
            return existing
        taken = True
    deployment.name = own if taken else plain
    return None


def _belongs(existing: DeploymentResponse, workspace: Workspace, identity: str) -> bool:
    if not existing.pull_steps and not existing.work_pool_name:  # registered by an earlier version of 'serve'
        return existing.path == str(workspace.root)
    return existing.pull_steps == make_pull_steps(identity)


def _list_schedules(deployment: ServedDeployment) -> list[DeploymentScheduleCreate]:
    return [one for one in deployment.schedules or [] if isinstance(one, DeploymentScheduleCreate)]


class _Registration:
    """Registers one deployment for one workspace."""

    def __init__(self, deployment: ServedDeployment, client: PrefectClient, workspace: Workspace, identity: str):
        self._deployment, self._client, self._record = deployment, client, ServeRecord(workspace)
        for trigger in deployment.triggers:
            match = getattr(trigger, "match", None)
            # Each workspace hears of its own datasets only.
            if match and str(match.root.get("prefect.resource.id")).startswith("pedigree.dataset."):
                match.root[LABEL] = identity
        version_info = deployment._get_deployment_version_info(deployment.version_type)
        self._place: dict[str, Any] = {
            "path": str(workspace.root),
            "entrypoint": deployment.entrypoint,
            "pull_steps": make_pull_steps(identity),
            "version": deployment.version,
            "version_info": version_info,
            "parameter_openapi_schema": deployment._parameter_openapi_schema.model_dump(exclude_unset=True),
            "enforce_parameter_schema": deployment.enforce_parameter_schema,
        }
        self._fields = deployment.model_dump(mode="json", include=FIELDS)
        schedules = [schedule.model_dump(mode="json", exclude_unset=True) for schedule in deployment.schedules or []]
        triggers = [trigger.model_dump(mode="json", exclude={"id"}) for trigger in deployment.triggers]
        self._entry = json.loads(json.dumps({**self._fields, "schedules": schedules, "triggers": triggers}))

    async def run(self, existing: DeploymentResponse | None) -> UUID:
        """Create the deployment or update what exists; return its ID."""
        if existing is None:
            flow = await self._client.create_flow_from_name(self._deployment.flow_name or "")
            deployment = await self._client.create_deployment(
                flow, self._deployment.name, schedules=_list_schedules(self._deployment), **self._fields, **self._place
            )
            await self._replace_triggers(deployment)
        else:
            deployment = existing.id
            await self._update(existing)
        self._record.write(deployment, entry=self._entry, paused=False)
        return deployment

    async def _update(self, existing: DeploymentResponse) -> None:
        registered = self._record.read_entry(existing.id)
        edited = {key for key, value in self._entry.items() if registered and registered.get(key) != value}
        values = {**self._place, **{key: self._fields[key] for key in FIELDS & edited}}
        if self._record.is_paused(existing.id) is not False:  # unknown: an earlier version paused it when it ended
            values["paused"] = False
        await self._client.update_deployment(existing.id, DeploymentUpdate.model_validate(values))
        if "schedules" in edited:
            for schedule in existing.schedules:
                await self._client.delete_deployment_schedule(existing.id, schedule.id)
            if schedules := _list_schedules(self._deployment):
                await self._client.create_deployment_schedules(existing.id, schedules)
        if "triggers" in edited or registered is None:  # an earlier version's triggers hear of every workspace
            await self._replace_triggers(existing.id)

    async def _replace_triggers(self, deployment: UUID) -> None:
        """Create the automations of the deployment's triggers; one that people switched off stays switched off."""
        resource = f"prefect.deployment.{deployment}"
        enabled = {one.name: one.enabled for one in await self._client.read_resource_related_automations(resource)}
        await self._client.delete_resource_owned_automations(resource)
        for trigger in self._deployment.triggers:
            trigger.set_deployment_id(deployment)
            automation = trigger.as_automation()
            automation.enabled = enabled.get(automation.name, automation.enabled)
            await self._client.create_automation(automation)
