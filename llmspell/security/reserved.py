"""Reserved: files that no broad rule grants. They hold keys, say what spells may do, or are run by what nobody asked.

A rule grants one of them if it names it: `--allow-read=config/.env`, `--allow-write=.github/workflows/`.
"""

import os
import re
import stat
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import cache, lru_cache
from pathlib import Path

from llmspell.project import MARK

Names = tuple[str, ...]

SECRETS = (
    # of the system's, in any folder
    ".env*", "*.env", ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".vault-token",
    # keys and stores of keys
    "*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdb", "*.kdbx", "*.gpg", "*.pgp",
    "*.asc", "*.keychain", "*.keychain-db", "*.ovpn", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "secring.*",
    # passwords and tokens of programs
    ".netrc", "_netrc", ".npmrc", ".yarnrc*", ".pypirc", ".git-credentials", ".pgpass", ".my.cnf", ".boto", ".s3cfg",
    ".dockercfg", ".dockerconfigjson", ".htpasswd", "htpasswd", "credentials", "credentials.*", "client_secret*.json",
    "secrets.json", "secrets.toml", "secrets.yaml", "secrets.yml", "*.tfstate", "*.tfstate.*",
    # of browsers and of mail
    ".mozilla", ".thunderbird", "cookies.sqlite", "logins.json", "key4.db",
)  # fmt: skip
"""Names of files and folders that hold keys and passwords, for reading and for writing."""

STARTERS = (
    # shells, editors, debuggers
    ".bash*", ".profile", ".zsh*", ".zlog*", ".zprofile", ".cshrc", ".tcshrc", ".kshrc", ".login", ".xinitrc",
    ".xsession*", ".xprofile", ".inputrc", ".envrc", ".direnvrc", ".vimrc", ".exrc", ".nvimrc", ".emacs*", ".vscode",
    ".idea", ".devcontainer", ".gdbinit", ".lldbinit", ".pythonrc", ".pdbrc", ".rprofile", ".irbrc",
    ".tmux.conf", ".screenrc",
    # git, and what runs at each commit and on servers
    ".git", ".gitconfig", ".gitmodules", ".gitattributes", ".husky", ".pre-commit-config.yaml", ".gitlab-ci.yml",
    ".travis.yml", ".circleci", ".drone.yml", ".woodpecker*", ".buildkite", "jenkinsfile", "azure-pipelines.y*ml",
    "bitbucket-pipelines.yml", "appveyor.yml", "cloudbuild.y*ml", "buildspec.y*ml",
    # what agents obey
    ".mcp.json", ".claude", ".cursor*", ".windsurf*", ".clinerules*", "agents.md", "claude.md", "gemini.md",
    "copilot-instructions.md",
    # Python, whatever it was started for
    "sitecustomize.py", "usercustomize.py",
    # what says what spells may do, and what llmspell keeps
    MARK, "llmspell.grants.toml", ".llmspell",
)  # fmt: skip
"""Names that are run or obeyed by what nobody has told to: for writing. A `Makefile` is not among them, nor any other
source: somebody runs it on purpose, and who lets a spell write sources looks at them first."""

_SECRET_FOLDERS = (
    ".config/gcloud", ".config/gh", ".config/hub", ".config/op", ".config/rclone", ".config/sops", ".config/git",
    ".config/google-chrome", ".config/chromium", ".config/bravesoftware", ".config/microsoft-edge",
    ".local/share/keyrings", "snap/chromium", "snap/firefox", "library/keychains", "library/cookies",
    "library/application support", ".git/config", ".git/config.worktree",
)  # fmt: skip
_STARTING_FOLDERS = (
    ".git/hooks", ".git/modules", ".git/worktrees", ".git/info", ".github/workflows", ".github/actions",
    ".config/autostart", ".config/systemd", ".config/fish", ".config/environment.d", ".config/nvim", ".local/bin",
    ".local/share/applications", "library/launchagents", "library/launchdaemons",
)  # fmt: skip
_SYSTEM = (("proc",), ("sys",), ("dev",))
"""Folders that hold no files of anybody: only a rule that names something in them grants it."""


_PROGRAMS = (b"#!", b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
"""How files begin that the system can run."""
_BOM = b"\xef\xbb\xbf"


def fold(name: str) -> str:
    """Return a name as it is compared where nothing may be missed.

    What a file system may take for the same is the same: capitals, the forms of Unicode, invisible characters, dots
    and spaces at the end.
    """
    if name.isascii():
        return name.lower().rstrip(". ") or name
    return _fold(name)


@lru_cache(1000)
def _fold(name: str) -> str:
    shown = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", shown).casefold()).rstrip(". ") or name


def folded(names: Names) -> Names:
    """Return names, each folded."""
    return tuple([fold(name) for name in names])


def hidden(names: Iterable[str]) -> bool:
    """Return whether a name is among them, folded, that begins with a dot."""
    return any(name[0] == "." for name in names)


def holds_keys(names: Names, named: int) -> bool:
    """Return whether a path holds keys or passwords in what its rule does not name.

    Args:
        names: of the path, folded.
        named: how many of them the rule names.
    """
    return _meets(names, named, _SECRET.match, _SECRET_ENDS)


def starts_by_itself(names: Names, named: int) -> bool:
    """Return whether a path is run or obeyed unasked, in what its rule does not name; arguments as `holds_keys`."""
    return _meets(names, named, _STARTER.match, _STARTER_ENDS)


def zones(kept: Path) -> tuple[Names, ...]:
    """Return the folders of which only a rule grants something that names it, folded.

    Args:
        kept: where llmspell keeps what it knows of the project.
    """
    return (*_SYSTEM, *_forms(kept, *_own_data()))


@cache
def installed() -> tuple[Names, ...]:
    """Return the folders of the program itself, folded: what is written there runs with it."""
    return tuple(_forms(Path(__file__).parents[1], Path(sys.prefix), Path(sys.base_prefix)))


def is_program(path: str) -> bool:
    """Return whether a file is there that the system can run, whatever its name is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return False
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        return os.read(descriptor, 8).removeprefix(_BOM).startswith(_PROGRAMS)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _own_data() -> list[Path]:
    """Return where llmspell keeps what is the person's: settings, grants, and records of other projects."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - `Path.home` fails where nobody knows it
    places = [("XDG_CONFIG_HOME", ".config"), ("XDG_DATA_HOME", ".local/share"), ("XDG_STATE_HOME", ".local/state")]
    found = [home / usual / "llmspell" for _, usual in places]
    return found + [Path(base, "llmspell") for name, _ in places if os.path.isabs(base := os.environ.get(name, ""))]  # noqa: PTH117


def _forms(*paths: Path) -> list[Names]:
    """Return the names of folders, as they are said and as they are without links."""
    texts = {form for path in paths for form in (str(path), os.path.realpath(path))}
    return [folded(tuple(name for name in text.split("/") if name)) for text in sorted(texts)]


def _meets(names: Names, named: int, is_one: Callable[[str], object], ends: Mapping[str, list[Names]]) -> bool:
    for at in range(named, len(names)):
        name = names[at]
        if is_one(name):
            return True
        if name in ends and any(names[: at + 1][-len(tree) :] == tree for tree in ends[name]):
            return True
    return False


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns))


def _by_end(folders: Iterable[str]) -> dict[str, list[Names]]:
    found: dict[str, list[Names]] = {}
    for names in (tuple(path.split("/")) for path in folders):
        found.setdefault(names[-1], []).append(names)
    return found


_SECRET, _SECRET_ENDS = _any(SECRETS), _by_end(_SECRET_FOLDERS)
_STARTER, _STARTER_ENDS = _any(STARTERS), _by_end(_STARTING_FOLDERS)
