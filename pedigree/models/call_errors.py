"""What can go wrong with one call, sorted by what follows from it."""

NO_MODEL_ANSWER = "no-model-answer"  # the code of a body with status 200 that is no answer of a model
REFUSED = "refused-request"  # the code of a 4xx in words that are not known


class CallFailure(Exception):
    """A call to a model failed. ``code`` is short and stable; ``detail`` is what the provider said."""

    def __init__(self, code: str, detail: str):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class StructuredOutputUnsupported(CallFailure):
    """The model takes no schema in this form: the call may be made again at once, in the next form or in words."""


class TransientError(CallFailure):
    """It may go well the next time; ``retry_after`` is in seconds where the provider named it.

    ``may_be_charged`` says that the request was sent and its answer did not come, so that it may cost nevertheless.
    """

    def __init__(self, code: str, detail: str, retry_after: float | None = None, *, may_be_charged: bool = False):
        super().__init__(code, detail)
        self.retry_after, self.may_be_charged = retry_after, may_be_charged

    @property
    def overload(self) -> bool:
        """Return whether fewer calls at a time would have helped."""
        return self.code in {"rate-limit", "overloaded", "timeout"}

    @property
    def alive(self) -> bool:
        """Return whether the provider spoke for itself: it is there, and busy."""
        return self.code == "rate-limit" or self.retry_after is not None


class PermanentError(CallFailure):
    """This prompt will not be answered (too long, refused by a filter); others may be."""


class FatalError(CallFailure):
    """No call of this model can go well: wrong key, unknown model, no quota. ``hint`` says what to do."""

    def __init__(self, code: str, detail: str, hint: str):
        super().__init__(code, detail)
        self.hint = hint
