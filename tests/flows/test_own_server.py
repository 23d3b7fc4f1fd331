"""While the temporary Prefect server starts, an error of the start is raised."""

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import own_server


def test_an_error_of_the_start_is_raised(monkeypatch):
    monkeypatch.setattr(own_server, "_start", lambda started: started.set_exception(OSError("no room")))
    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(OSError, match="no room"):
        own_server.start_own_server()
