"""The direct way to a server that speaks OpenAI's chat completions: LiteLLM's request, sent without LiteLLM's wrapper.

LiteLLM makes one request of each form: its address, headers and parameters. Further ones differ in their messages only
and are sent here, over LiteLLM's HTTP client, for a quarter of the CPU time. A plain answer is read here too. Any other
response, and any error, is given back to LiteLLM as if it had received it: so it means the same either way.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from pedigree.ids import canonical_json

SDK, HANDLER = "openai", "hosted_vllm"  # LiteLLM calls the first with OpenAI's SDK, the second with its own handler
MAX_FORMS = 256  # that are kept; a form more costs what a call through LiteLLM costs
ENCODING = {"content-encoding", "content-length", "transfer-encoding"}  # headers of a body that is decoded already
OF_ONE_REQUEST = {"host", "content-length", "accept-encoding", "connection"}


@dataclass(frozen=True)
class RequestForm:
    """What the requests of a form share: LiteLLM's name of the provider, address, headers, and body but messages."""

    provider: str
    url: str
    headers: dict[str, str]
    body: dict[str, Any]


class DirectCalls:
    """Sends chat completions to OpenAI-compatible servers for one gateway."""

    def __init__(self, litellm: Any):
        self._litellm, self._handlers = litellm, litellm.llms.custom_httpx.http_handler
        self._forms: dict[str, RequestForm | None] = {}

    def find_form(self, call: dict[str, Any]) -> RequestForm | None:
        """Return the form of a call's requests, or None if LiteLLM must make the call itself."""
        key = canonical_json({name: value for name, value in call.items() if name not in {"messages", "timeout"}})
        if key not in self._forms:
            if len(self._forms) >= MAX_FORMS:
                self._forms.clear()
            self._forms[key] = self._make_form(call)
        return self._forms[key]

    async def send(self, form: RequestForm, call: dict[str, Any]) -> httpx.Response | Exception:
        """Send a call's messages; return the response, whatever its status, or the error of the connection."""
        content = json.dumps({"messages": call["messages"], **form.body}, ensure_ascii=False).encode()
        try:
            client = self._get_client(form)
            request = client.build_request(
                "POST", form.url, headers=form.headers, content=content, timeout=call["timeout"]
            )
            return await client.send(request)
        except Exception as error:
            return error

    def replay(self, form: RequestForm, outcome: httpx.Response | Exception) -> Any:
        """Return the ``client`` with which LiteLLM's ``acompletion`` receives this outcome, and sends nothing."""
        client = httpx.AsyncClient(transport=_Replayed(outcome))
        if form.provider == HANDLER:
            handler = self._handlers.AsyncHTTPHandler()
            handler.client = client
            return handler
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            api_key="replayed", base_url=form.url.removesuffix("/chat/completions"), http_client=client, max_retries=0
        )

    def _get_client(self, form: RequestForm) -> httpx.AsyncClient:
        """Return LiteLLM's HTTP client of the running event loop; it is closed with LiteLLM's others."""
        return self._handlers.get_async_httpx_client(self._litellm.LlmProviders(form.provider)).client

    def _make_form(self, call: dict[str, Any]) -> RequestForm | None:
        """Return the form of the request that LiteLLM makes for a call, which is recorded and not sent."""
        try:
            provider = self._litellm.get_llm_provider(call["model"], api_base=call.get("api_base"))[1]
        except self._litellm.BadRequestError:
            return None
        if provider not in {SDK, HANDLER}:
            return None
        request = self._record_request(provider, call)
        if request is None or request.method != "POST" or not request.url.path.endswith("/chat/completions"):
            return None
        body = json.loads(request.content)
        if body.pop("messages", None) != call["messages"] or body.get("stream"):
            return None
        headers = {name: value for name, value in request.headers.items() if name not in OF_ONE_REQUEST}
        return RequestForm(provider, str(request.url), headers, body)

    def _record_request(self, provider: str, call: dict[str, Any]) -> httpx.Request | None:
        recorder = _Recorder()
        with httpx.Client(transport=recorder) as client:
            try:
                if provider == HANDLER:
                    self._litellm.completion(**call, client=self._handlers.HTTPHandler(client=client))
                else:
                    self._complete_with(client, call)
            except Exception:  # what LiteLLM makes of the recorder's error, or of a call that it can't make
                return recorder.request
        return recorder.request

    def _complete_with(self, client: httpx.Client, call: dict[str, Any]) -> None:
        """Make a call with this HTTP client: LiteLLM takes its session only for an SDK client that it newly makes."""
        litellm = self._litellm
        kept = litellm.client_session, litellm.in_memory_llm_clients_cache
        litellm.client_session, litellm.in_memory_llm_clients_cache = client, type(kept[1])()
        try:
            litellm.completion(**call)
        finally:
            litellm.client_session, litellm.in_memory_llm_clients_cache = kept


class _Recorder(httpx.BaseTransport):
    """Takes a request and sends nothing."""

    request: httpx.Request | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.request = request
        raise httpx.ConnectError("recorded, not sent")


class _Replayed(httpx.AsyncBaseTransport):
    """Answers any request with what was received before."""

    def __init__(self, outcome: httpx.Response | Exception):
        self._outcome = outcome

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        headers = [(name, value) for name, value in self._outcome.headers.multi_items() if name not in ENCODING]
        return httpx.Response(
            self._outcome.status_code, headers=headers, content=self._outcome.content, request=request
        )
