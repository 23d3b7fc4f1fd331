"""How long batches are waited for and how large they may be; tests set other figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pedigree.errors import ProviderError
from pedigree.models.call_errors import TransientError

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 5.0, 60.0, 1.3  # seconds between two looks at a batch, and what they grow by
QUIET = 0.2  # seconds without a further request, after which those that wait are submitted
SETTLED = 10.0  # seconds after which a batch that was made is surely in the provider's list
MAX_REQUESTS, MAX_BYTES = 50_000, 190_000_000  # of one batch; OpenAI takes 50,000 and 200 MB
MAX_SUBMISSIONS = 3  # of a request that its batches leave unanswered

Result = TypeVar("Result")


async def keep_trying(
    action: Callable[[], Awaitable[Result]], note: Callable[[str], None], patience: float | None = None
) -> Result:
    """Return an action's result, repeating it after failures that pass, with growing pauses.

    ``note`` gets what failed. Raises ProviderError after ``patience`` seconds, without it never; and other failures.
    """
    began, pause = time.monotonic(), FIRST_PAUSE
    while True:
        try:
            result = await action()
        except TransientError as failure:
            note(f"{failure.detail} ({failure.code})")
            if patience is not None and time.monotonic() - began >= patience:
                raise ProviderError(
                    f"the batch API does not answer: {failure.detail} ({failure.code})",
                    expected=f"an answer within {patience:g} s, the generator's patience",
                    hint="run again when it does: what was submitted is noted and not submitted again",
                ) from None
            await asyncio.sleep(max(pause, failure.retry_after or 0.0))
            pause = min(LONGEST_PAUSE, pause * GROWTH)
        else:
            note("")
            return result
