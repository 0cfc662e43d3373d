"""The only file that knows where the data of the package lies."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return a data folder: inside the package when installed from a wheel, beside it in a checkout."""
    packed = _HERE / "_data" / name
    return packed if packed.is_dir() else _HERE.parent / name


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Import and yield the public modules of a package: a file there is its own registration."""
    for entry in pkgutil.iter_modules(package.__path__):
        if not entry.name.startswith("_"):
            yield import_module(f"{package.__name__}.{entry.name}")
