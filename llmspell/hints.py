"""What to say to somebody who writes a name that a spell does not have."""

from collections.abc import Iterable, Mapping

from llmspell.wording import suggest

_NOT_HERE = "this level of security leaves it out: see docs/security.md"
_MODULE = 'code of your own is a module: `require("lib.util")` in Lua, `import … from "./lib/util.js"` in JavaScript'
_PROGRAMS = "a spell starts programs with `System.run`, where you allow it: --allow-run"
_FILES = "files are `Fs.read(path)` and `Fs.write(path, text)`: see docs/files.md"
_NO_CIPHERS = "a spell has no keys; its `crypto` makes names, which are no secrets"
ELSEWHERE = {
    "require": _MODULE, "package": _MODULE, "dofile": _MODULE, "loadfile": _MODULE, "module": _MODULE,
    "io": _FILES, "Deno": _FILES, "Bun": _FILES, "fs": _FILES, "readFile": _FILES,
    "process": "arguments come from spell(…), and `fail` ends a spell",
    "os.remove": "it is `Fs.remove(path)`", "os.rename": "it is `Fs.move(path, to)`", "os.execute": _PROGRAMS,
    "os.getenv": "pass it as a parameter of the spell, --name=value; or `System.env`, where you allow it: --allow-env",
    "unpack": "it is `table.unpack`", "loadstring": "it is `load`", "table.getn": "it is `#list`",
    "load": _NOT_HERE,
    "Reply.length": "the text of a reply is in `.text`",
    "fetch": "`Http.get(url)` asks the network, where it is granted", "XMLHttpRequest": "`await fetch(url)`",
    "setTimeout": "spawn a function that begins with sleep(seconds)", "setInterval": "a loop with sleep(seconds)",
    "setImmediate": "setTimeout(fn, 0)", "Buffer": "bytes are a Uint8Array: see docs/javascript.md",
    "Blob": "bytes are a Uint8Array", "FormData": "new URLSearchParams(fields), or a body that you write yourself",
    "localStorage": "State keeps values from run to run", "sessionStorage": "a variable does",
    "EventTarget": "Event.on and Event.emit", "window": "a spell runs in no browser: see docs/javascript.md",
    "document": "a spell runs in no browser: see docs/javascript.md", "crypto.subtle": _NO_CIPHERS,
}  # fmt: skip
"""What to say of names that scripts have elsewhere."""


def of(name: str, known: Iterable[str], withheld: Mapping[str, str]) -> str | None:
    """Return a hint for an undefined name: why it is not there, what stands for it, or what was probably meant.

    Args:
        name: as it was written, `Log.inf` or `mapp`.
        known: the names that could have been written.
        withheld: names that do not exist because the profile does not grant what they need, and what that is.
    """
    if name in withheld:
        return f"it needs {withheld[name]}, which this level of security does not grant"
    near = suggest(name, known)
    return ELSEWHERE.get(name) or (f"did you mean `{near}`?" if near else None)
