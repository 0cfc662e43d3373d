"""The guest's script engines; each is loaded by name, in a worker, and imported by nobody."""

from importlib import import_module

from llmspell.engines.base import Engine

ENGINES = {
    "lua": "llmspell.engines.lua:LuaEngine",
    "javascript": "llmspell.engines.javascript:JavaScriptEngine",
    "trees": "llmspell.engines.trees:TreeEngine",
    "sql": "llmspell.engines.sql:SqlEngine",
}
"""By language, the module of its engine and the class; `trees` reads the sources of all and `sql` databases: they run
none."""


def open_engine(language: str, *, jit: bool = True, codegen: bool = True) -> Engine:
    """Load the engine of a language and make one.

    Args:
        language: `lua` or `javascript`.
        jit: whether the engine may compile to machine code.
        codegen: whether scripts may compile text.
    """
    module, _, name = ENGINES[language].partition(":")
    engine: Engine = getattr(import_module(module), name)(jit=jit, codegen=codegen)
    return engine
