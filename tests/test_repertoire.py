"""Which spell another one means: found by its path, and read only by whoever may read it."""

from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.errors import ArgumentError, PermissionDenied, SpellError
from llmspell.project import Project
from llmspell.repertoire import locate
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Rule

FILES = {
    "llmspell.toml": "",
    "config.lua": "return { api_key = 'sk-live-123' }",
    "secret.lua": "return 'denied content'",
    "broken.lua": "spell { about = 12 }",
    "sub/secretspel.lua": "return 1",
    "spells/open.lua": "return 'open'",
    "spells/secret.lua": "return 'another'",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "alias.lua").hardlink_to(tmp_path / "secret.lua")
    return tmp_path.resolve()


TRIES = {
    ".lua": """
local found = {}
for _, name in ipairs({ NAMES }) do
  local tried = attempt(function() return Run.spell(name) end)
  found[#found + 1] = tried.ok and Json.encode(tried.value)
    or tried.error.kind .. ": " .. tried.error.message .. " " .. tostring(tried.error.hint)
end
return found
""",
    ".js": """
const found = [];
for (const name of [NAMES]) {
  const { ok, value, error } = await attempt(() => Run.spell(name));
  found.push(ok ? JSON.stringify(value) : `${error.kind}: ${error.message} ${error.hint}`);
}
export default found;
""",
}


async def tried(project: Path, suffix: str, *names: str, **settings: Any) -> list[str]:
    path = project / f"main{suffix}"
    path.write_text(TRIES[suffix].replace("NAMES", ", ".join(f'"{name}"' for name in names)), encoding="utf-8")
    async with Host(environ={}, **settings) as host:
        found: list[str] = (await host.run(Spell.from_path(path))).value
    return found


@pytest.mark.parametrize("suffix", [".lua", ".js"])
@pytest.mark.parametrize("profile", ["low", "medium"])
async def test_a_spell_that_is_denied_is_read_by_no_name_and_parsed_by_nobody(
    project: Path, suffix: str, profile: str
) -> None:
    deny = {"read": ["secret.lua", "broken.lua", "sub/"]}
    names = ("alias", "secret.lua", "secre", "sub/secretspel", "sub/secretspe", "sub/nothing", "broken", "secret")
    found = dict(zip(names, await tried(project, suffix, *names, profile=profile, deny=deny), strict=True))  # type: ignore[arg-type]
    assert found["secret"] == '"another"'  # what is denied does not stand in the way of what is not
    for name in ("alias", "sub/secretspel", "sub/secretspe", "sub/nothing", "broken"):
        assert found[name].startswith("permission: reading "), name
        assert "denied content" not in found[name]
        assert "about" not in found[name]
    assert found["secre"].startswith("args: the project has no spell")
    assert '"secret.lua"' not in found["secre"]  # the other one may be told


@pytest.mark.parametrize("suffix", [".lua", ".js"])
async def test_under_a_profile_that_is_given_what_it_reads_a_spell_runs_what_is_given(
    project: Path, suffix: str
) -> None:
    names = ("config", "nothing", "spells/open.lua")
    allow: Any = {"read": ["spells/"]}
    config, nothing, opened = await tried(project, suffix, *names, profile="high", allow=allow)
    assert config.startswith('permission: reading "config.')
    assert nothing.replace("nothing", "config") == config  # whether it is there is not told
    assert opened == '"open"'


def test_what_may_not_be_read_is_returned_unseen_and_hinted_by_nothing(project: Path) -> None:
    profile = Profile.load("medium")
    rules = profile.rules().deny("read", [Rule("spells/", "flag")])
    paths = Paths(rules, Project(project))
    assert locate("open", Project(project), "main.lua", paths) == "spells/open.lua"
    assert locate("nope", Project(project), "main.lua", paths) == "spells/nope.lua"
    assert locate("config", Project(project), "main.lua", paths) == "config.lua"
    with pytest.raises(ArgumentError) as caught:
        locate("./confi", Project(project), "main.lua", paths)
    assert caught.value.hint == 'did you mean "config.lua"?'
    with pytest.raises(SpellError):
        locate("../outside", Project(project), "main.lua", paths)
    denied = Paths(profile.rules().deny("read", [Rule("secret.lua", "flag")]), Project(project))
    with pytest.raises(PermissionDenied, match="reading"):
        locate("alias", Project(project), "main.lua", denied)
