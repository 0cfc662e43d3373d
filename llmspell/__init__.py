"""llmspell casts spells: Lua and JavaScript scripts that drive LLM agents, tools and workflows.

The public names are imported at first use, so that a worker, which is this package too, stays small.
"""

from importlib import import_module

TYPE_CHECKING = False  # importing `typing` for it would cost every worker 5 ms
if TYPE_CHECKING:
    from llmspell.bridge.op import Function, Global, Handle, Value, op
    from llmspell.context import Sink
    from llmspell.errors import SpellError
    from llmspell.host.host import Host, run
    from llmspell.host.run import Run
    from llmspell.security.profile import Profile
    from llmspell.spell import Spell

__version__ = "0.1.0"

_HOMES = {
    "Function": "llmspell.bridge.op",
    "Global": "llmspell.bridge.op",
    "Handle": "llmspell.bridge.op",
    "Host": "llmspell.host.host",
    "Profile": "llmspell.security.profile",
    "Run": "llmspell.host.run",
    "Sink": "llmspell.context",
    "Spell": "llmspell.spell",
    "SpellError": "llmspell.errors",
    "Value": "llmspell.bridge.op",
    "op": "llmspell.bridge.op",
    "run": "llmspell.host.host",
}

__all__ = [
    "Function",
    "Global",
    "Handle",
    "Host",
    "Profile",
    "Run",
    "Sink",
    "Spell",
    "SpellError",
    "Value",
    "__version__",
    "op",
    "run",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'llmspell' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
