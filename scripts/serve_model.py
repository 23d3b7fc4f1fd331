"""Serves a model file as OpenAI's chat completions on 127.0.0.1, until standard input ends: so it ends with its parent.

Needs the package xllamacpp alone: .venv-llm/bin/python scripts/serve_model.py FILE.gguf --port 8135
"""

import argparse
import os
import sys

import xllamacpp

CONTEXT = 2048  # tokens of a prompt and its answer
SLOTS = 2  # answers that are written at the same time
THREADS = 1  # two threads wait for each other at every step: on two busy cores they were 20 times slower than one


def main() -> None:
    """Serve until standard input ends; exit status 1 if the model can't be loaded or the port can't be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", default="local", help="what the model is called in answers")
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
    print(f"serving {asked.name} at {server.listening_address}/v1; Ctrl+D ends it", flush=True)
    sys.stdin.buffer.read()
    os._exit(0)  # answers that are being written are given up


if __name__ == "__main__":
    main()
