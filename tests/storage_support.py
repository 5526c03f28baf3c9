"""Storage of other machines, on loopback: an S3 server, Azurite, a web server."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support import wait_until

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "a-secret-key-that-nobody-may-see"  # noqa: S105
AZURITE_ACCOUNT = "devstoreaccount1"
# Azurite's own, in its documentation.
AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


class S3Server:
    """Moto's S3 server; ``variable`` names an environment variable with the credential."""

    variable = "TEST_S3_CREDENTIAL"

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.options = {"endpoint_url": endpoint, "region": "us-east-1"}

    @functools.cached_property
    def client(self):
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def make_bucket(self, name, files=None):
        """Make an empty bucket, and put files (a text or bytes by key) into it."""
        with contextlib.suppress(self.client.exceptions.NoSuchBucket):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=name):
                for item in page.get("Contents", []):
                    self.client.delete_object(Bucket=name, Key=item["Key"])
        self.client.create_bucket(Bucket=name)
        for key, content in (files or {}).items():
            self.put(name, key, content)
        return f"s3://{name}"

    def put(self, bucket, key, content):
        body = content.encode() if isinstance(content, str) else content
        self.client.put_object(Bucket=bucket, Key=key, Body=body)

    def get(self, bucket, key):
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    def keys(self, bucket):
        found = self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return sorted(item["Key"] for item in found)

    def place(self, bucket, path=""):
        """Return the place of a bucket, with its credential by reference."""
        from synapse_magics.storage.places import make_place

        return make_place(f"s3://{bucket}/{path}".rstrip("/"), self.options, f"env:{self.variable}")


@contextlib.contextmanager
def s3_server():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(S3Server.variable, f"{ACCESS_KEY}:{SECRET_KEY}")
        yield S3Server(f"http://127.0.0.1:{port}")
    server.stop()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def find_azurite(cache):
    """Return the program ``azurite-blob``; it is installed into a cache folder where npm is."""
    named = os.environ.get("AZURITE") or shutil.which("azurite-blob")
    if named:
        return named
    installed = Path(cache) / "node_modules" / ".bin" / "azurite-blob"
    npm = shutil.which("npm")
    if not installed.exists() and npm:
        done = subprocess.run(
            [npm, "install", "--no-save", "--no-audit", "--no-fund", "azurite@3"],
            cwd=cache,
            capture_output=True,
            timeout=240,
            check=False,
        )
        if done.returncode:
            return None
    return str(installed) if installed.exists() else None


def find_hdfs(cache):
    """Return the jar of an HDFS for tests; it is fetched into a cache folder where Maven is."""
    import pyspark

    (jar,) = Path(pyspark.__file__).parent.glob("jars/hadoop-client-api-*.jar")
    version = jar.stem.rpartition("-")[2]
    named = os.environ.get("HDFS_JAR")
    found = Path(named or Path(cache) / f"hadoop-client-minicluster-{version}.jar")
    maven = shutil.which("mvn")
    if not found.exists() and maven:
        artifact = f"-Dartifact=org.apache.hadoop:hadoop-client-minicluster:{version}"
        subprocess.run(
            [maven, "-B", "-q", "dependency:copy", artifact, f"-DoutputDirectory={cache}"],
            cwd=cache,
            capture_output=True,
            timeout=240,
            check=False,
        )
    return found if found.exists() else None


@contextlib.contextmanager
def hdfs_server(folder, cache):
    """Yield the address of an HDFS; it is one name node and one data node."""
    jar = find_hdfs(cache)
    if jar is None:
        pytest.skip("HDFS is not here: name hadoop-client-minicluster.jar in HDFS_JAR, or have mvn")
    program = Path(__file__).parent / "storage" / "hdfs_process.py"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, str(program), str(jar), str(folder / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        port = process.stdout.readline().strip()
        assert port, (folder / "log").read_text()[-3000:]
        yield f"webhdfs://127.0.0.1:{port}"
        process.stdin.close()


class AzuriteServer:
    """Azurite; ``variable`` names an environment variable with the account's key."""

    variable = "TEST_AZURITE_KEY"

    def __init__(self, port):
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}/{AZURITE_ACCOUNT}"

    @functools.cached_property
    def client(self):
        from azure.core.credentials import AzureNamedKeyCredential
        from azure.storage.blob import BlobServiceClient

        return BlobServiceClient(
            self.endpoint, AzureNamedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY)
        )

    def make_container(self, name, files=None, **options):
        made = self.client.create_container(name, **options)
        for path, text in (files or {}).items():
            made.upload_blob(path, text.encode())
        return made

    def place(self, container, path="", credential="env:TEST_AZURITE_KEY"):
        from synapse_magics.storage.places import make_place

        host = f"{AZURITE_ACCOUNT}.blob.core.windows.net"
        address = f"wasbs://{container}@{host}/{path}".rstrip("/")
        return make_place(address, {"endpoint_url": self.endpoint}, credential)


@contextlib.contextmanager
def azurite_server(folder, cache):
    program = find_azurite(cache)
    if program is None:
        pytest.skip(
            "Azurite is not here: put azurite-blob on PATH, name it in AZURITE, or have npm"
        )
    port = free_port()
    command = [program, "--silent", "--inMemoryPersistence", "--skipApiVersionCheck"]
    command += ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--disableTelemetry"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(AzuriteServer.variable, AZURITE_KEY)
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: _listens(port), 60, "Azurite's port")
            server = AzuriteServer(port)
            yield server
            server.client.close()
        finally:
            process.terminate()
            process.wait()


def _listens(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


class WebServer:
    """A web server of files; it counts what it was asked for and may say no."""

    def __init__(self):
        self.files, self.requests, self.sent = {}, [], 0
        self.etags, self.status = True, None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def web_server():
    web = WebServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(send=False)

        def do_GET(self):
            self.answer(send=True)

        def answer(self, *, send):
            web.requests.append((self.command, self.path))
            content = web.files.get(self.path)
            if web.status or content is None:
                self.send_response(web.status or 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            if web.etags:
                self.send_header("ETag", f'"{hash(content)}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                for start in range(0, len(content) if send else 0, 1 << 16):
                    self.wfile.write(content[start : start + (1 << 16)])
                    web.sent += len(content[start : start + (1 << 16)])

        def log_message(self, *words):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield web
    server.shutdown()
    thread.join()
    server.server_close()
