"""Every way to install the package finds its data and casts spells."""

import csv
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[1]
DATA = [
    ("bridge", "prelude.lua"),
    ("bridge", "prelude.js"),
    ("security_profiles", "high.toml"),
    ("spells", "hello.lua"),
    ("spells", "hello.js"),
]
FOUND = "import sys, llmspell._package as p; print(p.folder(sys.argv[1]).joinpath(sys.argv[2]).is_file())"


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Return what a command prints; a failure shows all that it said."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=cwd, env=env)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


class Install:
    """A fresh environment with nothing in it but the package and what the package needs."""

    def __init__(self, home: Path, *what: str | Path, borrow: bool) -> None:
        venv.create(home)
        self.home = home
        (self.site,) = home.glob("lib/python*/site-packages")
        options = []
        if borrow:
            # A path file lends the libraries, but not what path files add there: an editable llmspell.
            (self.site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
            options = ["--no-deps"]
        run(
            sys.executable,
            "-m",
            "pip",
            "--python",
            home / "bin" / "python",
            "install",
            "--quiet",
            *options,
            *what,
        )

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run a program of the environment, far from the checkout and with next to no variables."""
        return run(
            self.home / "bin" / program,
            *arguments,
            cwd=self.home,
            env={"PATH": os.defpath, "XDG_DATA_HOME": str(self.home / "data")},
        )

    def top_level(self) -> set[str]:
        """Return what the package itself has put into site-packages."""
        (record,) = self.site.glob("llmspell-*.dist-info/RECORD")
        with record.open(encoding="utf-8", newline="") as rows:
            return {row[0].split("/")[0] for row in csv.reader(rows)} - {"..", record.parent.name}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


def build(target: str, folder: Path) -> Path:
    """Return the one file that a build of this checkout makes."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module", params=["wheel", "archive", "editable", "wheel with its dependencies"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Install:
    home = tmp_path_factory.mktemp("installed")
    match request.param:
        case "editable":
            return Install(home, "--editable", ROOT, borrow=True)
        case "wheel with its dependencies":
            return Install(home, request.getfixturevalue("wheel"), borrow=False)
    return Install(home, request.getfixturevalue(request.param), borrow=True)


@pytest.mark.parametrize(("folder", "file"), DATA)
def test_the_data_is_found(installed: Install, folder: str, file: str) -> None:
    assert installed.run("python", "-c", FOUND, folder, file).strip() == "True"


def test_nothing_else_lands_in_site_packages(installed: Install) -> None:
    (name,) = installed.top_level()
    assert name == "llmspell" or name.endswith("llmspell.pth"), "a package, or the path file of an editable one"


def test_the_command_tells_its_version(installed: Install) -> None:
    version = installed.run("python", "-c", "from importlib.metadata import version; print(version('llmspell'))")
    assert version.strip() in installed.run("llmspell", "--version")


@pytest.mark.parametrize("suffix", ["lua", "js"])
def test_the_first_spell_is_cast(installed: Install, suffix: str) -> None:
    spell = installed.home / f"hello.{suffix}"
    spell.write_bytes((ROOT / "spells" / spell.name).read_bytes())
    assert "hello" in installed.run("llmspell", "run", spell, "--model", "echo").lower()


def test_the_source_archive_holds_no_installed_thing(archive: Path) -> None:
    with tarfile.open(archive) as files:
        names = {part for name in files.getnames() for part in name.split("/")}
    assert names & {"node_modules", ".venv", "__pycache__", ".git"} == set()
    assert {"LICENSE", "README.md", "tests", "prelude.lua", "high.toml", "hello.js"} <= names
