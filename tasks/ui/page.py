"""The run's page: artifacts that are made once and then changed in place, and whether somebody has cancelled the run.

Outside a flow there is no page, and nothing of Prefect is called. A server that is slow or gone costs a run seconds and a
warning, never the run.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

MAX_LENGTH = 2.0  # seconds for one request
PAUSE = 20.0  # seconds without a further request after one that failed
MAX_CHARS = 300_000  # of an artifact; a picture takes some 60,000

log = logging.getLogger("pedigree")
T = TypeVar("T")


class RunPage:
    """The page of the flow run that this is made in."""

    def __init__(self):
        context = FlowRunContext.get()
        self._run_id: UUID | None = context.flow_run.id if context and context.flow_run else None
        self._artifacts: dict[str, UUID] = {}
        self._client: SyncPrefectClient | None = None
        self._stack = ExitStack()
        self._runs: list[UUID] = []
        self._quiet_until, self._warned = 0.0, False

    @property
    def is_there(self) -> bool:
        """Return whether there is a flow run."""
        return self._run_id is not None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Keep one connection to the server open for as long as the block lasts."""
        try:
            yield
        finally:
            self._client = None
            self._stack.close()

    def put(self, key: str, kind: str, data: Any, description: str) -> None:
        """Show an artifact (``markdown`` or ``progress``): a new one at first, then the same with other content."""

        def put(client: SyncPrefectClient) -> None:
            if known := self._artifacts.get(key):
                client.update_artifact(known, ArtifactUpdate(data=shown, description=description))
            else:
                made = ArtifactCreate(key=key, type=kind, data=shown, description=description, flow_run_id=self._run_id)
                self._artifacts[key] = client.create_artifact(made).id

        shown = data[:MAX_CHARS] if isinstance(data, str) else data
        self._ask(put)

    def is_cancelled(self) -> bool:
        """Return whether this flow run, or the one that it is a part of, was cancelled."""

        def find(client: SyncPrefectClient) -> bool:
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=self._find_runs()))
            states = [run.state for run in client.read_flow_runs(flow_run_filter=wanted)]
            return any(state and (state.is_cancelling() or state.is_cancelled()) for state in states)

        return bool(self._ask(find))

    def _find_runs(self) -> list[UUID]:
        """Return the ids of this flow run and of the one at the top."""
        if not self._runs:
            top = flow_run.root_flow_run_id
            self._runs = list(dict.fromkeys([self._run_id, UUID(str(top)) if top else self._run_id]))
        return self._runs

    def _ask(self, request: Callable[[SyncPrefectClient], T]) -> T | None:
        """Return what a request gives, or None where there is no page or no answer."""
        if not self.is_there or time.monotonic() < self._quiet_until:
            return None
        try:
            with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
                if self._client is None:
                    client = get_client(httpx_settings={"timeout": MAX_LENGTH}, sync_client=True)
                    self._client = self._stack.enter_context(client)
                return request(self._client)
        except Exception as error:  # whatever a server or the way to it may do: the run goes on
            self._quiet_until = time.monotonic() + PAUSE
            if not self._warned:
                self._warned = True
                log.warning(
                    "the run's page can't be brought up to date for now: %s", str(error) or type(error).__name__
                )
            return None
