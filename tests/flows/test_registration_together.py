"""Two first registrations at the same moment do not take one name."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

from prefect.exceptions import ObjectNotFound

from flows import registration
from flows.own_workspace import make_pull_steps
from pedigree.workspace import Workspace


class Server:
    """Keeps deployments by name as Prefect's does: the last one written counts. Each answer lets others go first."""

    def __init__(self):
        self.owners = {}

    async def read_deployment_by_name(self, name):
        await asyncio.sleep(0)
        if name not in self.owners:
            raise ObjectNotFound(http_exc=Exception(name))
        return SimpleNamespace(pull_steps=make_pull_steps(self.owners[name]), work_pool_name=None)


class Registration:
    def __init__(self, deployment, client, workspace, identity):
        self.deployment, self.client, self.identity = deployment, client, identity

    async def run(self, existing):
        for _ in range(9):
            await asyncio.sleep(0)
        self.client.owners[f"synthesize/{self.deployment.name}"] = self.identity
        return self.deployment.name


def test_two_first_registrations_at_the_same_moment_get_two_names(tmp_path, monkeypatch):
    server, workspaces = Server(), [Workspace(tmp_path / name) for name in ("one", "two", "three")]
    waiting = list(workspaces)

    @asynccontextmanager
    async def connect():
        yield server

    monkeypatch.setattr(registration, "get_client", connect)
    monkeypatch.setattr(registration, "_Registration", Registration)
    monkeypatch.setattr(registration, "find_workspace", lambda: waiting.pop())

    async def serve_all():
        deployments = [SimpleNamespace(name="synthesize", flow_name="synthesize") for _ in workspaces]
        return await asyncio.gather(*map(registration.ServedDeployment.aapply, deployments))

    names = asyncio.run(serve_all())
    assert "synthesize" in names and len(set(names)) == len(server.owners) == len(workspaces)
