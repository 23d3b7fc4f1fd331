"""One Prefect harness per session; nothing of the machine's own settings reaches a test."""

import atexit
import gc
import os
import shutil
import signal
import tempfile

HOME = tempfile.mkdtemp(prefix="pedigree-tests-")  # Prefect dies of a home whose parent is not there
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ |= {
    "PREFECT_HOME": HOME,
    "XDG_CACHE_HOME": f"{HOME}/cache",
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",  # a flow's function that is called without the engine
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}
for name in ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
    os.environ.pop(name, None)

# A shell's background job ignores Ctrl+C, and so would each process that a test starts and stops.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest  # noqa: E402

LONG = ("test_docs.py", "browser", "flows", "test_consuming.py", "tasks", "cli")  # the slowest files first
LATER = "test_augment_later.py"  # it needs what test_augment.py makes, and would only wait beside it


def pytest_configure(config):
    """Import Prefect before warnings are errors; the process that hands tests out to workers needs it not at all."""
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        gc.disable()  # imports leave no garbage, and collection takes a quarter of their time
        import tests.support.prefect_server  # noqa: F401


def pytest_collection_finish():
    """Turn garbage collection on; what was imported by now is never scanned."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items):
    """Begin with the slow files, so that at the end no worker waits for another one's."""

    def rank(item):
        place = next((place for place, part in enumerate(LONG) if part in item.path.parts), len(LONG))
        return place, item.path.name == LATER

    items.sort(key=rank)


@pytest.fixture(scope="session")
def prefect(tmp_path_factory):
    """A Prefect server for the flows of this session."""
    from tests.support.prefect_server import serve_prefect

    with serve_prefect(tmp_path_factory):
        yield
