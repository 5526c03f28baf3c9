"""Jupyter servers on loopback, with folders of their own and without the network."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import urllib.request

from support import processes_of, wait_until

from synapse_magics.agent import client

_QUIET = {
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension": True,
    }
}
# A proxy that is not there: whoever asks for anything but loopback fails at once.
_NOWHERE = "http://127.0.0.1:9"
_LOOPBACK = "127.0.0.1,localhost"


class Server:
    """A Jupyter server with one front end, and the folder that its notebooks are in.

    It takes a free port and writes which one, so no other process can take it first. The token is
    in its environment: other users of the machine see command lines.
    """

    def __init__(self, program, folder, *options):
        self.token = secrets.token_hex(16)
        self.root, runtime = folder / "notebooks", folder / "runtime"
        for place in (self.root, runtime, folder / "config" / "labconfig"):
            place.mkdir(parents=True)
        (folder / "config" / "labconfig" / "page_config.json").write_text(json.dumps(_QUIET))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not _is_jupyters(name)},
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "JUPYTER_TOKEN": self.token,
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), _LOOPBACK),
        }
        common = (
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={self.root}",
            f"--ServerApp.allow_root={os.geteuid() == 0}",
            "--ServerApp.open_browser=False",
            "--ServerApp.terminals_enabled=False",
        )
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", program, *common, *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.root,
                env=self.environment,
            )
        info = runtime / f"jpserver-{self.process.pid}.json"
        try:
            wait_until(lambda: info.exists() or self._has_ended(), 60, "the server's start")
            self.url = f"http://127.0.0.1:{json.loads(info.read_text())['port']}"
            wait_until(self._answers, 60, "the server's first answer")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _has_ended(self):
        assert self.process.poll() is None, self.log.read_text()
        return False

    def _answers(self):
        with contextlib.suppress(OSError):
            return self.ask("/api/status")
        return None

    def ask(self, path, method="GET", body=None):
        """Ask the server's REST API; return what it answers."""
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        # Not through a proxy, whatever the machine's settings are.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            words = answer.read()
        return json.loads(words) if words else None

    def session(self, path):
        """Return the session of a notebook, None if it has no kernel."""
        found = [item for item in self.ask("/api/sessions") if item["path"] == path]
        return found[0] if found else None

    def kernel_is_idle(self, path):
        """Tell whether a notebook has a kernel that waits for work."""
        session = self.session(path)
        return session is not None and session["kernel"]["execution_state"] == "idle"

    def end_kernels(self):
        """End every kernel."""
        for kernel in self.ask("/api/kernels"):
            self.ask(f"/api/kernels/{kernel['id']}", "DELETE")

    def trust(self, path):
        """Trust a notebook, as its own user's front end does when it saves it."""
        command = [sys.executable, "-m", "jupyter", "trust", str(path)]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    def end(self):
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _is_jupyters(name):
    return name.startswith(("JUPYTER", "IPYTHON")) or name == "PYTHONPATH"


def end_agent(folder):
    """End the agent of a folder, and the one that waits to take its place; see nobody stays."""

    def quiet():
        if (folder / ".synapse").exists():
            client.stop(folder / ".synapse")
        return not processes_of(folder)

    wait_until(quiet, 20, "the end of every process")
