"""Let the code of a step read and write mapped addresses: a local folder in their place.

For fsspec, and so for pandas, Dask and whatever opens addresses through it, for Arrow's own file
systems and for urllib. What is not mapped is left to the library that knows the storage, if it is
installed. Spark is told by its configuration, see ``engines.mapped_spark``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.machinery import ModuleSpec
    from types import ModuleType

MAPS = "SYNAPSE_MAGICS_ADDRESS_MAPS"
"""A variable: JSON, local folders by the addresses in whose place they stand."""

FAMILIES = {
    "s3": ("s3", "s3a", "s3n"),
    "abfss": ("abfss", "abfs"),
    "wasbs": ("wasbs", "wasb"),
    "hdfs": ("hdfs",),
    "http": ("http",),
    "https": ("https",),
}
"""The schemes under which an address is written, by the one that maps name."""

_WEB = frozenset({"http", "https"})

_MAPPED = "synapse_magics_mapped"


class MappedAddresses:
    """Local folders in the place of addresses.

    Parameters
    ----------
    maps : mapping
        Folders by addresses, such as ``abfss://data@account.dfs.core.windows.net/raw``.
    """

    def __init__(self, maps: Mapping[str, str]) -> None:
        # The longest that fits is taken.
        self._maps = sorted(maps.items(), key=lambda item: len(item[0]), reverse=True)

    @property
    def schemes(self) -> set[str]:
        """The schemes of the addresses, each with all its spellings."""
        named = {address.partition("://")[0] for address, _ in self._maps}
        return {scheme for name in named for scheme in FAMILIES.get(name, ())}

    def find(self, address: str) -> str | None:
        """Return the local path of an address, None if it is not mapped.

        Parameters
        ----------
        address : str

        Returns
        -------
        str or None

        Raises
        ------
        ValueError
            If it leaves the folder that it is mapped to.
        """
        scheme, mark, rest = address.partition("://")
        family = next((name for name, all_ in FAMILIES.items() if scheme in all_), None)
        if not mark or family is None:
            return None
        if family in _WEB:
            rest = rest.partition("?")[0].partition("#")[0]  # a signature, say
        whole = f"{family}://{rest.rstrip('/')}"
        for prefix, folder in self._maps:
            if whole == prefix or whole.startswith(f"{prefix}/"):
                return self._below(folder, whole[len(prefix) :].strip("/"), address)
        return None

    @staticmethod
    def _below(folder: str, relative: str, address: str) -> str:
        place = Path(folder, relative)
        if ".." in Path(relative).parts or not place.resolve().is_relative_to(
            Path(folder).resolve()
        ):
            raise ValueError(f"{address} leaves the folder that it is mapped to: {folder}")
        return str(place)


def install(maps: Mapping[str, str]) -> None:
    """Let this process read and write mapped addresses, in the place of an earlier call's.

    Parameters
    ----------
    maps : mapping
        Folders by addresses.
    """
    mapped = MappedAddresses(maps)
    for name, tell in _LIBRARIES.items():
        with contextlib.suppress(ImportError):  # then nobody opens addresses with it
            tell(import_module(name), mapped)


def install_on_import() -> None:
    """Do what the engine has said when a library is imported that opens addresses.

    For steps, and the processes that they start: many have no use for any of them.
    """
    text = os.environ.get(MAPS)
    if text and not any(isinstance(finder, _OnImport) for finder in sys.meta_path):
        mapped = MappedAddresses(json.loads(text))
        for name, tell in _LIBRARIES.items():
            if name in sys.modules:
                tell(sys.modules[name], mapped)
        sys.meta_path.insert(0, _OnImport(mapped))


class _OnImport:
    """Find the libraries that open addresses, and tell each what is mapped once it is loaded."""

    def __init__(self, mapped: MappedAddresses) -> None:
        self._mapped = mapped

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec that the other finders give, whose loader does more, or None."""
        tell = _LIBRARIES.get(name)
        if tell is None:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(name, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            loaded, mapped = spec.loader.exec_module, self._mapped

            def exec_module(module: ModuleType) -> None:
                loaded(module)
                tell(module, mapped)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _tell_fsspec(fsspec: Any, mapped: MappedAddresses) -> None:
    for scheme in sorted(mapped.schemes):
        opener = type(f"Mapped_{scheme}", (_Opener,), {"protocol": scheme, "mapped": mapped})
        fsspec.register_implementation(scheme, opener, clobber=True)


def _tell_arrow(fs: Any, mapped: MappedAddresses) -> None:
    original = getattr(fs.FileSystem, "original", fs.FileSystem)
    fs.FileSystem = _arrow_file_system(original, mapped, fs.LocalFileSystem)


def _tell_urllib(request: Any, mapped: MappedAddresses) -> None:
    """Have what is mapped of the web opened: pandas asks nobody else for it."""
    opener = request._opener  # noqa: SLF001 - what somebody has installed stays
    ours = [item for item in getattr(opener, "handlers", ()) if hasattr(item, "mapped")]
    for handler in ours:
        handler.mapped = mapped
    if ours or not mapped.schemes & _WEB:
        return

    class Handler(request.BaseHandler):  # type: ignore[misc]
        handler_order = 0

        def __init__(self) -> None:
            self.mapped = mapped

        def default_open(self, asked: Any) -> Any:
            path = self.mapped.find(asked.full_url)
            if path is None:
                return None
            answer = request.FileHandler().file_open(request.Request(Path(path).as_uri()))
            answer.code, answer.msg = 200, "OK"  # those of a server are looked at
            return answer

    if opener is None:
        opener = request.build_opener()
        request.install_opener(opener)
    opener.add_handler(Handler())


_LIBRARIES: dict[str, Callable[[Any, MappedAddresses], None]] = {
    "fsspec": _tell_fsspec,
    "pyarrow.fs": _tell_arrow,
    "urllib.request": _tell_urllib,
}
"""What opens addresses, and how each is told."""


class _Opener:
    """What fsspec takes for the class of a protocol; it gives a local file system, or the real one.

    An address is looked at before there is a file system, which is made for it.
    """

    protocol: str
    mapped: MappedAddresses

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        if options.pop(_MAPPED, False):
            from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415

            return LocalFileSystem(auto_mkdir=True)  # storage has no folders to be made first
        return cls._real()(*arguments, **options)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(item) for item in path]
        text = str(path)
        found = cls.mapped.find(text)
        if found is None and "://" not in text:
            return text
        return found or cls._real()._strip_protocol(path)  # noqa: SLF001 - fsspec's protocol

    @classmethod
    def _get_kwargs_from_urls(cls, path: str) -> dict[str, Any]:
        if cls.mapped.find(path) is not None:
            return {_MAPPED: True}
        found: dict[str, Any] = cls._real()._get_kwargs_from_urls(path)  # noqa: SLF001
        return found

    @classmethod
    def _real(cls) -> Any:
        from fsspec.registry import known_implementations  # noqa: PLC0415

        # Only one spelling of each may be known.
        names = next(all_ for all_ in FAMILIES.values() if cls.protocol in all_)
        known = next(known_implementations[n] for n in names if n in known_implementations)
        module, _, name = known["class"].rpartition(".")
        try:
            return getattr(import_module(module), name)
        except ImportError as error:
            raise ImportError(
                f"this {cls.protocol}:// address is not mapped to a folder, and what reads the "
                f"real one is not installed: {known.get('err', module)}"
            ) from error


def _arrow_file_system(original: Any, mapped: MappedAddresses, local: Callable[[], Any]) -> Any:
    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, original)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, original)

        def __getattr__(cls, name: str) -> Any:
            return getattr(original, name)

    def from_uri(uri: Any) -> Any:
        path = mapped.find(str(uri))
        if path is None:
            return original.from_uri(uri)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return local(), path

    return Kind("FileSystem", (), {"original": original, "from_uri": staticmethod(from_uri)})
