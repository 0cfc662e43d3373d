"""A URL leads nowhere but to what is granted, however it is written and however it is come to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from canaries import INSIDE, LOOPBACK, TRICKS

TESTS = Path(__file__).parents[1]
PROXIES = dict.fromkeys(["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])


def isolated() -> list[str]:
    """Return the words that give a program a network of its own; none where this system allows none."""
    words = ["unshare", "--map-root-user", "--net"]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return words


@pytest.fixture(scope="module")
def told() -> Any:
    """What became of all forms: in a namespace, where every address has a canary, or else around the loopback."""
    words = isolated()
    environ = os.environ | dict.fromkeys(PROXIES, "http://127.0.0.2:3128") | {"PYTHONPATH": str(TESTS.parent)}
    command = [*words, sys.executable, str(TESTS / "canaries.py"), "namespace" if words else "plain"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"everywhere": bool(words)}


def test_no_form_of_a_url_leads_beyond_what_is_granted(told: Any) -> None:
    assert len(LOOPBACK) + len(INSIDE) + len(TRICKS) >= 120
    assert len(told["found"]) == 3 * (len(LOOPBACK) + len(INSIDE) + len(TRICKS))
    assert told["beyond"] == []
    assert told["visited"] == 0
    assert {kind for _, way, kind in told["found"] if way != "redirect"} == {"permission", "args"}
    # To redirect to what is no URL, or to a path of its own, is something that a site may do.
    assert {kind for _, way, kind in told["found"] if way == "redirect"} == {"permission", "http", "answered: granted"}
    assert told["site"] >= len(told["found"]) / 3


def test_the_canaries_hear_whoever_comes(told: Any) -> None:
    heard = " ".join(told["heard"])
    assert all(f"http://{each}:" in heard for each in ("127.0.0.1", "0x7f000001", "127.1", "localhost", "a.localhost"))
    if told["everywhere"]:
        assert all(
            f"http://{each}:" in heard for each in ("169.254.169.254", "2852039166", "10.0.0.1", "[fd00:ec2::254]")
        )


def test_what_is_denied_stays_so_for_a_spell_that_is_trusted_with_all_the_rest(told: Any) -> None:
    slipped = " ".join(told["slipped"])
    assert [each for each in LOOPBACK if f"http://{each}:" in slipped] == []
    wrapping = [each for each in INSIDE if any(word in each for word in ("169.254", "a9fe", "a00:1", "10.0.0.1"))]
    assert len(wrapping) >= 15
    assert [each for each in wrapping if f"http://{each}:" in slipped] == []
    if told["everywhere"]:
        assert "http://100.100.100.200:" in slipped  # which nobody has denied
