# SPDX-License-Identifier: Apache-2.0
"""A Hub on this machine: lists a repository's files and serves them, with faults when asked."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REVISION = "0123456789abcdef"
REPOSITORY = "facebook/musicgen-small"


class Hub:
    """What it serves, and what went wrong on purpose.

    Attributes:
        files: path → content.
        breaks_after: bytes after which a transfer of a large file ends; None never.
        refuses: a status for every request, or 0.
        asked: (path, Range header) of each file that was asked for.
        resumes: whether it can go on where a transfer stopped.
    """

    def __init__(self, files):
        self.files = files
        self.breaks_after = None
        self.refuses = 0
        self.resumes = True
        self.asked = []
        self.address = ""

    def tree(self):
        entries = [{"type": "directory", "path": "more", "oid": "0", "size": 0}]
        for path, content in self.files.items():
            git = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            entry = {"type": "file", "path": path, "oid": git, "size": len(content)}
            if path.endswith(".safetensors"):
                large = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
                entry["lfs"] = {**large, "pointerSize": 130}
            entries.append(entry)
        return entries


class _Handler(BaseHTTPRequestHandler):
    """Answers for its server's hub."""

    def do_GET(self):
        hub = self.server.hub
        if hub.refuses:
            return self.answer(hub.refuses, b"no")
        base = f"/api/models/{REPOSITORY}"
        if self.path == f"{base}/revision/main":
            return self.answer(200, json.dumps({"sha": REVISION}).encode())
        if self.path == f"{base}/tree/{REVISION}":
            return self.answer(200, json.dumps(hub.tree()).encode())
        front = f"/{REPOSITORY}/resolve/{REVISION}/"
        name = self.path.removeprefix(front)
        if not self.path.startswith(front) or name not in hub.files:
            return self.answer(404, b"")
        return self.serve(name)

    def serve(self, name):
        hub = self.server.hub
        wanted = self.headers.get("Range", "")
        hub.asked.append((name, wanted))
        content, status = hub.files[name], 200
        if wanted and hub.resumes:
            content, status = content[int(wanted[len("bytes=") : -1]) :], 206
        if hub.breaks_after is not None and len(content) > hub.breaks_after:
            return self.answer(status, content[: hub.breaks_after], length=len(content))
        return self.answer(status, content)

    def answer(self, status, body, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args):
        pass


@contextmanager
def serving(files):
    """A hub that runs while the context does."""
    hub = Hub(dict(files))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = hub
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
