"""Artifacts on a flow run's page, updated in place, and a check whether the run was cancelled.

Outside a flow nothing of Prefect is called. A slow or missing server delays a run by seconds and logs one warning.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import httpx

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.context import SettingsContext
    from prefect.settings import Settings

# Seconds for one request, and how often it is repeated: for a page that is updated while models are asked, and for what
# is shown once, at the end. A busy server takes seconds to answer, or answers that its database is busy.
LIVE, ONCE = (2.0, 0), (20.0, 2)
PAUSE, REFUSED_PAUSE = 20.0, 1.0  # seconds without requests after one that failed, or could not connect
MAX_CHARS = 300_000  # of an artifact; a picture takes some 60,000

log = logging.getLogger("pedigree")
T = TypeVar("T")


class RunPage:
    """The page of the current flow run, if there is one.

    ``live``: it is updated while models are asked, and nothing waits for a slow server.
    """

    def __init__(self, *, live: bool = False):
        self._timeout, self._retries = LIVE if live else ONCE
        self._run_id = _find_run()
        self._artifacts: dict[str, UUID] = {}
        self._client: SyncPrefectClient | None = None
        self._settings: Settings | None = None
        self._stack = ExitStack()
        self._runs: list[UUID] = []
        self._quiet_until, self._warned = 0.0, False
        self._refused_since: float | None = None
        self.address = ""  # of the server, once it was asked

    @property
    def exists(self) -> bool:
        """Return whether there is a current flow run."""
        return self._run_id is not None

    @contextmanager
    def open(self) -> Generator[None]:
        """Keep one connection to the server open within the block."""
        try:
            yield
        finally:
            self._client = None
            self._stack.close()

    def put_artifact(self, key: str, kind: str, data: Any, description: str) -> None:
        """Create the artifact (``markdown`` or ``progress``) with this key, or replace its content."""

        def write(client: SyncPrefectClient) -> None:
            from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate

            if artifact_id := self._artifacts.get(key):
                client.update_artifact(artifact_id, ArtifactUpdate(data=shown, description=description))
            else:
                made = ArtifactCreate(key=key, type=kind, data=shown, description=description, flow_run_id=self._run_id)
                self._artifacts[key] = client.create_artifact(made).id

        shown = data[:MAX_CHARS] if isinstance(data, str) else data
        self._request(write)

    def is_cancelled(self) -> bool:
        """Return whether this flow run or its root flow run was cancelled."""

        def find(client: SyncPrefectClient) -> bool:
            from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

            wanted = FlowRunFilter(id=FlowRunFilterId(any_=self._find_runs()))
            states = [run.state for run in client.read_flow_runs(flow_run_filter=wanted)]
            return any(state and (state.is_cancelling() or state.is_cancelled()) for state in states)

        return bool(self._request(find))

    @property
    def refused_for(self) -> float:
        """Return for how many seconds no server listens at the address; 0 while one does, however slow."""
        return time.monotonic() - self._refused_since if self._refused_since is not None else 0.0

    def _find_runs(self) -> list[UUID]:
        """Return the ids of this flow run and of its root."""
        from prefect.runtime import flow_run

        if not self._runs and self._run_id:
            root = flow_run.root_flow_run_id
            self._runs = list(dict.fromkeys([self._run_id, UUID(str(root)) if root else self._run_id]))
        return self._runs

    def _request(self, request: Callable[[SyncPrefectClient], T]) -> T | None:
        """Return the result of a request, or None without a page or an answer."""
        if not self.exists or time.monotonic() < self._quiet_until:
            return None
        from prefect import get_client

        try:
            with self._limit_retries():
                if self._client is None:
                    client = get_client(httpx_settings={"timeout": self._timeout}, sync_client=True)
                    self.address = str(client.api_url).rstrip("/")
                    self._client = self._stack.enter_context(client)
                answer = request(self._client)
                self._refused_since = None
                return answer
        except Exception as error:  # no failure of the server or the network may stop the run
            now, refused = time.monotonic(), isinstance(error, httpx.ConnectError)
            self._quiet_until = now + (REFUSED_PAUSE if refused else PAUSE)
            self._refused_since = (self._refused_since or now) if refused else None
            if not self._warned:
                self._warned = True
                log.warning("can't update the run's page for now: %s", str(error) or type(error).__name__)
            return None

    def _limit_retries(self) -> SettingsContext:
        """Return a context in which Prefect's client repeats a failed request as often as this page allows.

        The settings are copied for the first request only: a copy takes a tenth of a second of computing time.
        """
        from prefect.context import SettingsContext, get_settings_context
        from prefect.settings import PREFECT_CLIENT_MAX_RETRIES

        context = get_settings_context()
        if self._settings is None:
            self._settings = context.settings.copy_with_update(updates={PREFECT_CLIENT_MAX_RETRIES: self._retries})
        return SettingsContext(profile=context.profile, settings=self._settings)


def _find_run() -> UUID | None:
    """Return the id of the current flow run, if there is one; without Prefect, which is slow to load, there is none."""
    if "prefect" not in sys.modules:
        return None
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    return context.flow_run.id if context and context.flow_run else None
