"""A keyring of a plain file, for tests: several processes see it, and nobody's own is touched."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError


class FileKeyring(KeyringBackend):
    priority = 5

    @property
    def _file(self):
        return Path(os.environ["TEST_KEYRING_FILE"])

    def _load(self):
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def get_password(self, service, username):
        return self._load().get(service, {}).get(username)

    def set_password(self, service, username, password):
        if os.environ.get("TEST_KEYRING_LOCKED"):
            raise PasswordSetError("locked")
        found = self._load()
        found.setdefault(service, {})[username] = password
        self._file.write_text(json.dumps(found))

    def delete_password(self, service, username):
        found = self._load()
        if username not in found.get(service, {}):
            raise PasswordDeleteError("nothing there")
        del found[service][username]
        self._file.write_text(json.dumps(found))
