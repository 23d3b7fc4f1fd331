"""What can go wrong with one call, sorted by what follows from it."""


class CallFailure(Exception):
    """A call to a model failed. ``code`` is short and stable; ``detail`` is what the provider said."""

    def __init__(self, code: str, detail: str):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class Passing(CallFailure):
    """It may go well the next time; ``retry_after`` is in seconds where the provider named it."""

    def __init__(self, code: str, detail: str, retry_after: float | None = None):
        super().__init__(code, detail)
        self.retry_after = retry_after


class Final(CallFailure):
    """This prompt will not be answered (too long, refused by a filter); others may be."""


class Hopeless(CallFailure):
    """No call of this model can go well: wrong key, unknown model, no quota. ``mend`` says what to do."""

    def __init__(self, code: str, detail: str, mend: str):
        super().__init__(code, detail)
        self.mend = mend
