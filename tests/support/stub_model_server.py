"""Stands for a model server: listens at PORT, does as told, and ends with its standard input. A process of its own.

python stub_model_server.py PORT HOW, HOW is answers; silent: takes connections, says nothing; broken: ends at once; or
dies: answers, and ends as soon as the file ``die`` is in the working folder.
"""

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

port, how = int(sys.argv[1]), sys.argv[2]


class Handler(BaseHTTPRequestHandler):
    """Says that one model is here."""

    def do_GET(self):
        """Answer, or keep silent."""
        if how == "silent":
            threading.Event().wait()
        body = b'{"data": [{"id": "stub"}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Write nothing."""


def die_when_told():
    """End once the file is there."""
    while not Path("die").exists():
        time.sleep(0.01)
    os._exit(9)


if how == "broken":
    sys.exit("error: Failed to load the stub")
server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
if how == "dies":
    threading.Thread(target=die_when_told, daemon=True).start()
sys.stdin.buffer.read()
os._exit(0)
