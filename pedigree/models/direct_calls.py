"""The direct way to a server that speaks OpenAI's chat completions: LiteLLM's request, sent without LiteLLM's wrapper.

LiteLLM makes one request of each form: its address, headers and parameters. Further ones differ in their messages only
and are sent here, over the connections of LiteLLM's HTTP client, for a fraction of the CPU time. A plain answer is read
here too. Any other response, and any error, is given back to LiteLLM as if it had received it: so it means the same
either way.
"""

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

SDK, HANDLER = "openai", "hosted_vllm"  # LiteLLM calls the first with OpenAI's SDK, the second with its own handler
MAX_FORMS = 256  # that are kept; a form more costs what a call through LiteLLM costs
ENCODING = {"content-encoding", "content-length", "transfer-encoding"}  # headers of a body that is decoded already
OF_ONE_REQUEST = {"content-length"}
_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class RequestForm:
    """What the requests of a form share: LiteLLM's name of the provider, address, headers, and body but messages."""

    provider: str
    url: httpx.URL
    headers: dict[str, str]
    body: dict[str, Any]

    def encode(self, messages: list[dict[str, str]]) -> bytes:
        """Return the body of a request with these messages."""
        return f'{{"messages": {_encode_json(messages)}, {self._rest}'.encode()

    def make_body(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        """Return the same body, not encoded."""
        return {"messages": messages, **self.body}

    @cached_property
    def _rest(self) -> str:
        return _encode_json(self.body)[1:]  # it holds the model at least


@dataclass(frozen=True)
class Received:
    """A response, whatever its status; its body is decoded."""

    status_code: int
    headers: httpx.Headers
    content: bytes


@dataclass(frozen=True)
class _Request:
    """A request of a form, with all that LiteLLM's transport reads of an ``httpx.Request``."""

    url: httpx.URL
    headers: dict[str, str]
    content: bytes
    extensions: dict[str, Any]
    method: str = field(default="POST", init=False)


class DirectCalls:
    """Sends chat completions to OpenAI-compatible servers for one gateway."""

    def __init__(self, litellm: Any):
        self._litellm, self._handlers = litellm, litellm.llms.custom_httpx.http_handler
        self._transport = litellm.llms.custom_httpx.aiohttp_transport.LiteLLMAiohttpTransport
        self._forms: dict[Hashable, RequestForm | None] = {}

    def find_form(self, key: Hashable, call: dict[str, Any]) -> RequestForm | None:
        """Return the form of a call's requests, or None if LiteLLM must make the call itself.

        Calls with the same ``key`` differ in their messages and their timeout alone.
        """
        if key not in self._forms:
            if len(self._forms) >= MAX_FORMS:
                self._forms.clear()
            self._forms[key] = self._make_form(call)
        return self._forms[key]

    async def send(self, form: RequestForm, call: dict[str, Any]) -> Received | Exception:
        """Send a call's messages; return the response, whatever its status, or the error of the connection."""
        try:
            content, client = form.encode(call["messages"]), self.get_client(form)
            if self._is_plain(client, form):
                received = await _send_plain(client._transport, form, content, call["timeout"])
                if received is not None:
                    return received
            request = client.build_request(
                "POST", form.url, headers=form.headers, content=content, timeout=call["timeout"]
            )
            response = await client.send(request)
            return Received(response.status_code, response.headers, response.content)
        except Exception as error:
            return error

    def replay(self, form: RequestForm, outcome: Received | Exception) -> Any:
        """Return the ``client`` with which LiteLLM's ``acompletion`` receives this outcome, and sends nothing."""
        client = httpx.AsyncClient(transport=_Replayed(outcome))
        if form.provider == HANDLER:
            handler = self._handlers.AsyncHTTPHandler()
            handler.client = client
            return handler
        from openai import AsyncOpenAI

        base_url = str(form.url).removesuffix("/chat/completions")
        return AsyncOpenAI(api_key="replayed", base_url=base_url, http_client=client, max_retries=0)

    def get_client(self, form: RequestForm) -> httpx.AsyncClient:
        """Return LiteLLM's HTTP client of the running event loop; it is closed with LiteLLM's others."""
        return self._handlers.get_async_httpx_client(self._litellm.LlmProviders(form.provider)).client

    def _is_plain(self, client: httpx.AsyncClient, form: RequestForm) -> bool:
        """Return whether LiteLLM's transport alone sends a request as its client would: no login in the address."""
        return isinstance(client._transport, self._transport) and not form.url.userinfo

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
        return RequestForm(provider, request.url, headers, body)

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


async def _send_plain(transport: Any, form: RequestForm, content: bytes, timeout: httpx.Timeout) -> Received | None:
    """Send a request without the client's layers around its transport; None for a redirection, which they follow."""
    request = _Request(form.url, form.headers, content, {"timeout": timeout.as_dict()})
    response = await transport.handle_async_request(request)
    body = b"".join([part async for part in response.stream])
    if response.has_redirect_location:
        return None
    if "content-encoding" in response.headers:
        body = httpx.Response(response.status_code, headers=response.headers, content=body).content
    return Received(response.status_code, response.headers, body)


def _encode_json(value: Any) -> str:
    return _ENCODER.encode(value)


class _Recorder(httpx.BaseTransport):
    """Takes a request and sends nothing."""

    request: httpx.Request | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.request = request
        raise httpx.ConnectError("recorded, not sent")


class _Replayed(httpx.AsyncBaseTransport):
    """Answers any request with what was received before."""

    def __init__(self, outcome: Received | Exception):
        self._outcome = outcome

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        headers = [(name, value) for name, value in self._outcome.headers.multi_items() if name not in ENCODING]
        return httpx.Response(
            self._outcome.status_code, headers=headers, content=self._outcome.content, request=request
        )
