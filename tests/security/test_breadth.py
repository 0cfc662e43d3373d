"""Which rules people have to look at twice."""

import pytest

from llmspell.security.breadth import is_broad
from llmspell.security.rules import Kind, Wish

BROAD: dict[Kind, str] = {
    "read": "/ ~/ ../ * /home/alice/ /home/ /home/bob/.ssh/ ~/.ssh/config config/.env /proc/1/",
    "write": ". /home/alice/ /etc/cron.d/ .git/hooks/ /usr/local/bin/x ~/.bashrc",
    "net": "* *.example 10.0.0.0/8 a.example:*",
    "run": "git",
    "env": "???????????????? [!a]????? * MAIL_TOKEN AWS_SECRET_ACCESS_KEY",
    "tools": "Fs.remove",
    "secrets": "????@a.example *@a.example mail@*.example",
    "state": "[a-z]? *",
    "models": "openai/*",
    "mcp": "github.list_*",
}
NARROW: dict[Kind, str] = {
    "read": "notes/ /tmp/[*] /tmp/a[?] /srv/data/x.csv ~/notes/a.txt ../notes/a.txt",
    "write": "out/ /srv/data/out/ ~/notes/",
    "net": "a.example a.example:8080 [::1]:80",
    "env": "EDITOR",
    "secrets": "mail@a.example mail@[::1]:80 mail",
    "state": "team",
    "models": "openai/gpt-4o",
}


def test_what_is_broad_or_holds_keys_or_is_run_unasked_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    for found, expected in ((BROAD, True), (NARROW, False)):
        wrong = [
            (kind, each)
            for kind, said in found.items()
            for each in said.split()
            if is_broad(Wish(kind, each)) != expected
        ]
        assert wrong == []
