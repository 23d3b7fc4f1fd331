"""Finds in the causes of an error how far its call came: not sent, sent without an answer, or answered."""

from collections.abc import Iterator

import httpx

NOT_SENT = ("ClientConnector", "ConnectTimeout", "ConnectionTimeout", "PoolTimeout", "ConnectionRefused", "gaierror")
UNCONNECTED = (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.ProxyError)
LATE = {408, 504, 524}  # a gateway gave up waiting for the model


def walk(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, the last cause at the end."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def was_answered(error: BaseException) -> bool:
    """Return whether a whole response with a good status may have come: no transport and no status is at fault."""
    return not any(isinstance(one, httpx.HTTPError | TimeoutError) for one in walk(error))


def may_be_charged(error: BaseException) -> bool:
    """Return whether the request was sent and no answer came, so that the provider may charge for it."""
    chain = list(walk(error))
    statuses = [one.response.status_code for one in chain if isinstance(one, httpx.HTTPStatusError)]
    if statuses:
        return statuses[-1] in LATE
    if any(type(one).__name__.startswith(NOT_SENT) for one in chain):
        return False
    reset = any(isinstance(one, ConnectionResetError | BrokenPipeError) for one in chain)
    late = any(isinstance(one, TimeoutError) for one in chain)
    lost = [isinstance(one, UNCONNECTED) for one in chain if isinstance(one, httpx.TransportError)]
    return reset or late or (bool(lost) and not any(lost))
