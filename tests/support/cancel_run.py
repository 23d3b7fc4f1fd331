"""A flow run of this process that is cancelled as the button on its page does, once its endpoint was asked."""

from contextvars import copy_context

from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName, FlowRunFilterStateName
from prefect.states import Cancelling

from tests.support.fake_endpoint import Endpoint


def cancel_when_asked(endpoint: Endpoint, name: str, after: int) -> None:
    """Have the running flow run of this name cancelled at the endpoint's request of this number."""
    context, answer = copy_context(), endpoint.answer  # where the server is, is known in a context

    def cancel():
        running = FlowRunFilter(
            name=FlowRunFilterName(any_=[name]), state={"name": FlowRunFilterStateName(any_=["Running"])}
        )
        with get_client(sync_client=True) as client:
            (run,) = client.read_flow_runs(flow_run_filter=running)
            client.set_flow_run_state(run.id, Cancelling())

    def answer_once_cancelled(body):
        if len(endpoint.requests) == after:
            context.run(cancel)
        return answer(body)

    endpoint.answer = answer_once_cancelled
