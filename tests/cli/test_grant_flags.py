"""The flags for rules: what they allow and deny, alone and with patterns, and that they are told again."""

from pathlib import Path

import pytest
from commandline import Command
from test_parking import written
from test_sequel import told
from website import answer, standing

GETTING = {
    "lua": 'local a = spell { params = { site = "string" } }\nreturn Http.get(a.site .. "/a").text',
    "js": 'const a = spell({ params: { site: "string" } });\nexport default (await Http.get(`${a.site}/a`)).text;',
}


@pytest.mark.parametrize("suffix", GETTING)
def test_a_flag_alone_is_all_of_a_kind_and_what_is_denied_wins(llmspell: Command, tmp_path: Path, suffix: str) -> None:
    name = written(tmp_path, f"x.{suffix}", GETTING[suffix])
    with standing({"/a": answer("A")}) as site:
        for words, code, said in [
            ([f"--allow-net={site.host}", name], 0, "A"),
            (["--allow-net", name], 5, "--allow-net=127.0.0.1"),  # this machine is in no `*`
            ([name, "--allow-net", "--allow-net=127.0.0.0/8"], 0, "A"),
            ([name, "--allow-net=127.0.0.0/8", "--deny-net"], 5, "no flag overrides what is denied"),
            ([name, f"--deny-net=b.example,{site.host}", f"--allow-net={site.host}"], 5, "rule: --deny-net="),
            ([name, "--trust", "--deny-net=127.0.0.1:*"], 5, "rule: --deny-net="),
        ]:
            done = llmspell("run", *words, f"--site={site.url}")
            assert (done.returncode, said in done.stdout + done.stderr) == (code, True), (words, done.stderr)


def test_a_flag_never_takes_the_word_behind_it(llmspell: Command, tmp_path: Path) -> None:
    written(tmp_path, "x.lua", "return 1")
    for words in (["x.lua", "--allow-net", "example.com"], ["x.lua", "--deny-read", "x.lua"], ["--allow-net", "x"]):
        refused = llmspell("run", *words)
        flag = next(word for word in words if word.startswith("--"))
        assert refused.returncode == 2
        assert f"write {flag}={words[words.index(flag) + 1]}, or {flag}=* for all of it" in refused.stderr
    assert llmspell("run", "--allow-net", "x.lua").stdout == "1\n"
    assert llmspell("eval", "-l", "lua", "return 2", "--deny-read").stdout == "2\n"
    assert llmspell("run", "x.lua", "--deny-read=-x").returncode == 0
    assert "is not something that can be granted" in llmspell("run", "x.lua", "--allow-read=").stderr
    assert llmspell("run", "x.lua", "--taint=perhaps").returncode == 2


@pytest.mark.parametrize("suffix", ["lua", "js"])
def test_what_is_denied_is_denied_again_by_the_command_that_goes_on(
    llmspell: Command, tmp_path: Path, suffix: str
) -> None:
    name = written(tmp_path, f"x.{suffix}", {"lua": 'return approve("Go on?")',
                                            "js": 'export default await approve("Go on?");'}[suffix])  # fmt: skip
    flags = ["--allow-net=a.example", "--deny-net=b.example", "--deny-run=*", "--taint=deny"]
    parked = llmspell("run", name, *flags)
    assert parked.returncode == 9
    again = told(parked.stderr, "resume")
    assert again[2:] == flags
    assert told(llmspell("approve", again[1]).stderr, "resume") == [*again[:2], *again[3:]]  # and allows nothing
    assert llmspell(*again).stdout == "true\n"


def test_the_settings_choose_the_profile_where_the_person_does_not(
    llmspell: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    name = written(tmp_path, "x.lua", "return Fs ~= nil")
    (tmp_path / "llmspell.toml").write_text('[security]\nprofile = "high"\n')
    assert "is not defined" in llmspell("run", name).stderr or llmspell("run", name).stdout == "false\n"
    assert llmspell("run", name, "--security=medium").stdout == "true\n"
    (tmp_path / "llmspell.toml").write_text('[security]\nprofile = "low"\n')
    untrusted = llmspell("run", name, "--json")
    assert "security: medium" in untrusted.stdout
    assert "llmspell trust" in untrusted.stderr
