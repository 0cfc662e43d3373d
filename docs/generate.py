"""Write the files that are made from the ops of llmspell: `make stubs`."""

from pathlib import Path

from llmspell.bridge.render import FACES
from llmspell.bridge.surface import Surface
from llmspell.host.host import builtin_globals

for path, make in FACES.items():
    (Path(__file__).parents[1] / path).write_text(make(Surface(builtin_globals())), encoding="utf-8")
