"""The files that no broad rule grants."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import llmspell
from llmspell.errors import PermissionDenied
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.reserved import SECRETS, STARTERS, fold
from llmspell.security.rules import FileKind, Rules

HOME = Path.home()
BROAD = ("*", "/", "~", "~/", ".", "**", "/**", "~/**", "./**/*", "*.*", ".*", "**/.*", ".*/**", "**/*")
KEYS = (
    "~/.ssh/id_ed25519", "~/.ssh/config", "~/.gnupg/secring.gpg", "~/.aws/credentials", "~/.azure/token.json",
    "~/.config/gcloud/application_default_credentials.json", "~/.kube/config", "~/.docker/config.json", "~/.netrc",
    "~/.npmrc", "~/.pypirc", "~/.git-credentials", "~/.config/gh/hosts.yml", "~/.pgpass", "~/.password-store/x.gpg",
    "~/.mozilla/firefox/x/key4.db", "~/.config/google-chrome/Default/Cookies", "~/.config/chromium/Default/Cookies",
    "~/snap/chromium/common/Default/Cookies", "~/snap/firefox/common/x", "~/Library/Keychains/login.keychain-db",
    "~/Library/Application Support/Google/Chrome/Cookies", "~/.local/share/keyrings/login.keyring",
    ".env", "config/.env.production", "prod.env", "tls/server.pem", "tls/server.key", "store.p12", "vault.kdbx",
    "backup.gpg", "AuthKey.p8", "credentials.json", "client_secret_1.json", "secrets.yaml", "infra/x.tfstate",
    ".git/config", "sub/.git/config", "htpasswd", "Vpn.OVPN", ".ENV", "id_rsa.pub",
)  # fmt: skip
STARTED = (
    "~/.bashrc", "~/.bash_profile", "~/.profile", "~/.zshrc", "~/.zshenv", "~/.config/fish/config.fish", "~/.vimrc",
    "~/.config/autostart/x.desktop", "~/.config/systemd/user/x.service", "~/.local/bin/git", "~/.gitconfig",
    "~/Library/LaunchAgents/x.plist", ".git/hooks/post-commit", "sub/.git/hooks/pre-push", ".git/info/attributes",
    ".github/workflows/ci.yml", ".gitlab-ci.yml", ".circleci/config.yml", ".husky/pre-commit", "Jenkinsfile",
    "azure-pipelines.yml", ".vscode/tasks.json", ".idea/workspace.xml", ".devcontainer/devcontainer.json", ".envrc",
    ".mcp.json", ".claude/settings.json", ".cursorrules", "AGENTS.md", "sub/CLAUDE.md", "sitecustomize.py",
    "llmspell.toml", "llmspell.grants.toml", "sub/llmspell.toml", ".llmspell/journal.db", ".llmspell/audit.jsonl",
)  # fmt: skip
PROGRAM = (sys.executable, f"{sys.prefix}/lib/x.py", f"{sys.base_prefix}/x", str(Path(llmspell.__file__)))
OURS = (
    "~/.config/llmspell/config.toml", "~/.config/llmspell/grants.toml", "~/.local/share/llmspell/0/audit.jsonl",
    "~/.local/state/llmspell/state.db",
)  # fmt: skip
SYSTEM = ("/proc/self/environ", "/proc/1/mem", "/sys/kernel/x", "/dev/sda", "/dev/fd/3")


def paths(root: Path, read: Sequence[str] = (), write: Sequence[str] = ()) -> Paths:
    medium = Profile.load("medium")
    rules = Rules(medium.label, medium.permissions).grant("read", read, "r").grant("write", write, "w")
    return Paths(rules, Project(root), root / "spells" / "x.lua", SUFFIXES)


def granted(found: Paths, access: FileKind, path: str) -> bool:
    try:
        found.spot(access, path)
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize("root", [Path("/srv/project"), HOME / "project", HOME], ids=["elsewhere", "at home", "home"])
def test_no_broad_rule_grants_what_is_reserved(root: Path) -> None:
    found = paths(root, BROAD, BROAD)
    assert [path for path in (*KEYS, *OURS, *SYSTEM) if granted(found, "read", path)] == []
    assert [path for path in (*KEYS, *STARTED, *OURS, *SYSTEM, *PROGRAM) if granted(found, "write", path)] == []
    for path in ("a.txt", "src/x.py", "Makefile", "package.json", "~/notes.txt", "/srv/x", "docs/environment.md"):
        assert granted(found, "read", path)
        assert granted(found, "write", path)


def test_a_rule_that_names_it_grants_it() -> None:
    for path in (*KEYS, *STARTED, *OURS, *SYSTEM, *PROGRAM):
        found = paths(Path("/srv/project"), [path], [path])
        assert granted(found, "read", path), path
        assert granted(found, "write", path), path


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("~/.ssh/", ["~/.ssh/config"], ["~/.ssh/id_rsa", "~/.ssh/x.pem"]),
        ("~/.config/", ["~/.config/app/x"], ["~/.config/gcloud/x", "~/.config/chromium/x", "~/.config/llmspell/x"]),
        ("~/.config/gcloud/", ["~/.config/gcloud/properties"], ["~/.config/gcloud/credentials.db"]),
        ("~/.local/", ["~/.local/share/app/x"], ["~/.local/share/keyrings/x", "~/.local/share/llmspell/x"]),
        ("~/Library/", ["~/Library/Fonts/x"], ["~/Library/Keychains/x", "~/Library/Application Support/x"]),
        (".git/", [".git/HEAD"], [".git/config"]),
        ("/proc/self/", ["/proc/self/status"], ["/proc/1/status"]),
    ],
)
def test_a_rule_for_a_folder_grants_no_keys_in_it(rule: str, inside: list[str], outside: list[str]) -> None:
    found = paths(Path("/srv/project"), [rule])
    assert [path for path in inside if not granted(found, "read", path)] == []
    assert [path for path in outside if granted(found, "read", path)] == []


def test_the_settings_of_a_person_are_reserved_wherever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real" / "llmspell").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "link"))
        found = paths(Path("/srv/project"), ["*"], ["*"])
        for place in ("link", "real"):
            assert not granted(found, "read", str(tmp_path / place / "llmspell" / "config.toml"))
            assert not granted(found, "write", str(tmp_path / place / "llmspell" / "config.toml"))
        assert granted(found, "read", str(tmp_path / "real" / "other"))
        monkeypatch.delenv(name)


def test_a_program_in_the_project_is_written_only_by_name(tmp_path: Path) -> None:
    beginnings = {"elf": b"\x7fELF\x02", "pe": b"MZ\x90", "mach": b"\xcf\xfa\xed\xfe", "script": b"#!/bin/sh\n"}
    for name, beginning in beginnings.items():
        (tmp_path / name).write_bytes(beginning)
    (tmp_path / "text").write_text("ELF, and MZ")
    found = paths(tmp_path, (), ["."])
    assert [name for name in (*beginnings, "text") if granted(found, "write", name)] == ["text"]


@pytest.mark.parametrize(
    ("name", "same"),
    [("A", "a"), (".ENV", ".env"), (".git.", ".git"), (".git ", ".git"), (".g\u200cit", ".git"), ("\ufeff.git", ".git"),
     ("cafe\u0301", "caf\u00e9"), ("CAF\u00c9", "caf\u00e9"), ("...", "..."), (" ", " "), ("a. .", "a"),
     ("stra\u00dfe", "strasse")],
)  # fmt: skip
def test_names_are_folded_to_what_a_file_system_may_take_them_for(name: str, same: str) -> None:
    assert fold(name) == same
    assert fold(same) == same


def test_what_is_reserved_is_written_as_it_is_compared() -> None:
    assert [pattern for pattern in (*SECRETS, *STARTERS) if pattern != pattern.lower()] == []
