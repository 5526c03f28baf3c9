"""Wheels made by hand, and where they can be had: environments are built without any network."""

from __future__ import annotations

import contextlib
import http.server
import threading
import zipfile
from functools import partial
from pathlib import Path


def make_wheel(folder, name, version, text="", requires=(), modules=None):
    """Write a wheel of one module, which tells its version; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    file = folder / f"{module}-{version}-py3-none-any.whl"
    about = f"{module}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {item}\n" for item in requires)
    files = {
        f"{module}.py": f"VERSION = {version!r}\n{text}",
        **(modules or {}),
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{about}/RECORD"
    files[record] = "".join(f"{path},,\n" for path in [*files, record])
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return file


def without_network(patch, folder):
    """Let uv and pip know of no index, no configuration and no cache but those of a test."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT"):
        patch.delenv(name, raising=False)
    patch.setenv("PIP_CONFIG_FILE", "/dev/null")
    patch.setenv("UV_NO_CONFIG", "1")
    patch.setenv("UV_CACHE_DIR", str(folder / "uv-cache"))
    patch.setenv("UV_OFFLINE", "1")


@contextlib.contextmanager
def serve_index(folder, credentials=None):
    """Serve the wheels of a folder as a simple index on loopback; yield its address and a log."""
    asked = []

    class Index(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            if credentials is not None and self.headers.get("Authorization") != credentials:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
                self.end_headers()
                return
            parts = self.path.strip("/").split("/")
            if parts[0] != "simple":
                super().do_GET()
                return
            module = parts[1].replace("-", "_")
            found = sorted(Path(folder).glob(f"{module}-*.whl"))
            if not found:
                self.send_error(404)
                return
            links = "".join(f'<a href="/{file.name}">{file.name}</a>\n' for file in found)
            body = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    handler = partial(Index, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()
