"""Serves a model file as OpenAI's chat completions on 127.0.0.1, until standard input ends: so it ends with its parent.

With --until-stopped it serves until a signal, such as Ctrl+C, whatever becomes of standard input.

Needs the package xllamacpp alone: .venv-llm/bin/python scripts/serve_model.py FILE.gguf --port 8135
"""

import argparse
import os
import signal
import sys
import threading

import xllamacpp

CONTEXT = 2048  # tokens of a prompt and its answer
SLOTS = 2  # answers that are written at the same time
THREADS = 1  # two threads wait for each other at every step: on two busy cores they were 20 times slower than one


def main() -> None:
    """Serve until standard input or a signal ends it; exit status 1 without the model or the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", default="local", help="what the model is called in answers")
    parser.add_argument("--until-stopped", action="store_true", help="serve until a signal, such as Ctrl+C")
    asked = parser.parse_args()
    settings = xllamacpp.CommonParams()
    settings.model.path, settings.model_alias = asked.file, {asked.name}
    settings.hostnames, settings.port, settings.ui = ["127.0.0.1"], asked.port, False
    settings.n_parallel, settings.n_ctx = SLOTS, SLOTS * CONTEXT
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = THREADS
    try:
        server = xllamacpp.Server(settings)
    except RuntimeError as error:
        sys.exit(f"error: {error}")
    ending = "Ctrl+C ends it" if asked.until_stopped else "it ends with its standard input (Ctrl+D)"
    print(f"serving {asked.name} at {server.listening_address}/v1; {ending}", flush=True)
    keys = f"model: openai/{asked.name.lower()}, api_base: {server.listening_address}/v1, concurrency: {SLOTS}"
    print(f"in a recipe, of a generator and a judge  {keys}", flush=True)
    wait_for_end(asked.until_stopped)
    os._exit(0)  # answers that are being written are given up


def wait_for_end(until_stopped: bool) -> None:
    """Return at a signal to end or, unless ``until_stopped``, when standard input ends; say which."""
    why = "its standard input has ended"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if until_stopped:
            threading.Event().wait()
        sys.stdin.buffer.read()
    except KeyboardInterrupt:
        why = "stopped by a signal"
    print(f"the server ends: {why}", flush=True)


if __name__ == "__main__":
    main()
