"""Known secrets: which values these are, and that they are found however they are written."""

import base64
import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ArgumentError, ConfigError
from llmspell.globals.http import HttpReply
from llmspell.models.catalog import PROVIDERS
from llmspell.secrets import Secrets
from llmspell.wording import clip, shown

PLAIN = "sk-live-0123456789abcdef"
ODD = 'p@ss/w+rd "ü"~\\x'
KNOWN = Secrets.of({"PLAIN_API_KEY": PLAIN, "ODD_PASSWORD": ODD})


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_API_KEY", PLAIN),
        ("GITHUB_TOKEN", PLAIN),
        ("CLIENT_SECRET", PLAIN),
        ("DB_PASSWORD", "correct horse"),
        ("pgpassword", PLAIN),
        ("MY_PASSPHRASE", PLAIN),
        ("AWS_SECRET_ACCESS_KEY", "/a/key/with/slashes+in+it"),
        ("TOKEN", PLAIN),
        ("SECRET_OF_MINE", PLAIN),
        ("NPM_TOKEN", f"  {PLAIN}\n"),
    ],
)
def test_a_name_says_that_a_value_is_secret(name: str, value: str) -> None:
    assert Secrets.of({name: value}).values == {name: value.strip()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", "/home/somebody"),
        ("MAX_TOKENS", "not-a-secret-1"),
        ("TOKENIZERS_PARALLELISM", "not-a-secret-1"),
        ("KEYBOARD_LAYOUT", "not-a-secret-1"),
        ("AWS_ACCESS_KEY_ID", "AKIA0123456789"),
        ("TOKEN_TYPE", "not-a-secret-1"),
        ("SHORT_TOKEN", "seven77"),
        ("SOME_TOKEN", "true"),
        ("SOME_TOKEN", "disabled"),
        ("SOME_TOKEN", "DISABLED"),
        ("SOME_PASSWORD", "Password"),
        ("SOME_TOKEN", "1234567890"),
        ("SOME_TOKEN", "**********"),
        ("SOME_SECRET", str(Path(__file__))),
        ("TOKEN_AT", "https://example.com/token"),
        ("ACCESS_TOKEN", "https://example.com/token"),
        ("ODD-NAME_TOKEN", PLAIN),
        ("BYTES_TOKEN", "\udcff" + PLAIN),
    ],
)
def test_what_would_be_found_everywhere_is_left_alone(name: str, value: str) -> None:
    assert Secrets.of({name: value}).values == {}


def test_the_password_of_a_url_is_secret() -> None:
    assert Secrets.of({"DATABASE_URL": "postgres://me:hunter2!x@db:5432/x"}).values == {"DATABASE_URL": "hunter2!x"}


def test_every_key_of_a_provider_is_secret() -> None:
    names = {name for row in PROVIDERS.values() for name in row.keys}
    assert Secrets.of(dict.fromkeys(names, PLAIN)).values.keys() == names


@pytest.mark.parametrize("write", [str, quote, quote_plus, lambda text: quote(text, safe="")], ids=range(4))
@pytest.mark.parametrize("say", [str, json.dumps, lambda text: json.dumps(text, ensure_ascii=False)], ids=range(3))
def test_a_secret_is_found_in_urls_and_in_json(write: Any, say: Any) -> None:
    told = KNOWN.scrub(say(f"a {write(PLAIN)} b {write(ODD)} c"))
    assert told == say("a [secret:PLAIN_API_KEY] b [secret:ODD_PASSWORD] c")


def test_small_letters_in_a_url_are_the_same() -> None:
    assert KNOWN.scrub(quote(ODD, safe="").lower().replace("p%40", "p%40")) == "[secret:ODD_PASSWORD]"


@given(before=st.text(max_size=4), after=st.text(max_size=4), name=st.sampled_from(["PLAIN_API_KEY", "ODD_PASSWORD"]))
def test_what_was_made_with_a_name_is_what_was_made_with_the_value(before: str, after: str, name: str) -> None:
    before, after = (text.encode("utf-8", "replace").decode() for text in (before, after))
    for write in (str, quote, quote_plus, b64):
        real, named = (write(f"{before}{text}{after}") for text in (KNOWN.values[name], f"[secret:{name}]"))
        assert KNOWN.scrub(real) == KNOWN.scrub(named) == Secrets().scrub(named)
        assert KNOWN.scrub(KNOWN.scrub(real)) == KNOWN.scrub(real)


def test_basic_authorization_stays_base64() -> None:
    assert KNOWN.scrub("Basic " + b64(f"me:{PLAIN}")) == "Basic " + b64("me:[secret:PLAIN_API_KEY]")
    url = base64.urlsafe_b64encode(f"me??>:{ODD}".encode()).decode()
    assert KNOWN.scrub(url) == base64.urlsafe_b64encode(b"me??>:[secret:ODD_PASSWORD]").decode()


def test_base64_that_begins_elsewhere_holds_no_secret() -> None:
    whole = b64(f"{PLAIN} and {PLAIN}")
    for text in ("x/" + whole, "xy/" + whole, whole + whole, whole.rstrip("=") + "A" * 5):
        told = KNOWN.scrub(text)
        assert not any(b64("x" * lead + PLAIN)[4:30] in told for lead in range(3)), text


AMP = "a<b>&c'd\"-12345678"


@pytest.mark.parametrize(
    "write",
    [
        lambda text: json.dumps(text).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")[1:-1],
        html.escape,
        lambda text: html.escape(text, quote=False),
        lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        lambda text: html.escape(text).replace("&#x27;", "&apos;"),
        lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
        lambda text: json.dumps(json.dumps(text, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1],
    ],
)
def test_a_secret_is_found_as_programs_escape_it(write: Any) -> None:
    known = Secrets({"AMP_KEY": AMP, "ODD_PASSWORD": ODD})
    assert known.scrub(f"x {write(AMP)} y {write(ODD)} z") == "x [secret:AMP_KEY] y [secret:ODD_PASSWORD] z"


@pytest.mark.parametrize("before", range(60))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_base64_in_lines_as_mails_have_it(before: int, end: str) -> None:
    for name, value in {"PLAIN_API_KEY": PLAIN, "LONG_KEY": "0123456789abcdefghijklmnopqrstuvwxyzAB" * 9}.items():
        texts = ("x" * before + shown + "y" * 70 for shown in (value, f"[secret:{name}]"))
        real, named = (base64.encodebytes(text.encode()).decode().strip().replace("\n", end) for text in texts)
        assert Secrets({name: value}).scrub({"mail": f"To: me{end}{end}{real}"}) == {"mail": f"To: me{end}{end}{named}"}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("levels", [1, 2])
def test_base64_in_lines_is_found_in_json_too(end: str, levels: int) -> None:
    for name, value in {"ODD_PASSWORD": ODD, "LONG_KEY": "0123456789abcdefghijklmnopqrstuvwxyzAB" * 9}.items():
        texts = ("to be or not" * 6 + shown + " that is the question" * 4 for shown in (value, f"[secret:{name}]"))
        real, named = (base64.encodebytes(text.encode()).decode().strip().replace("\n", end) for text in texts)
        for _ in range(levels):
            real, named = json.dumps(real), json.dumps(named)
        assert Secrets({name: value}).scrub(real) == named


@pytest.mark.parametrize("name", ["PLAIN_API_KEY", "ODD_PASSWORD"])
@pytest.mark.parametrize("write", [str, str.upper])
def test_hexadecimal_is_found_and_what_was_made_with_the_name_is_the_same(name: str, write: Any) -> None:
    for text in (KNOWN.values[name], f"[secret:{name}]"):
        told = KNOWN.scrub({"it": f"x {write(text.encode().hex())} y", "raw": write(text.encode().hex()).encode()})
        assert told == {"it": f"x [secret:{name}] y", "raw": f"[secret:{name}]".encode()}
    for harmless in ("5b7365637265743a00ff5d", "5b7365637265743a", b"[secret:a b]".hex()):
        assert KNOWN.scrub(harmless) == harmless


def test_the_secret_parts_of_a_key_in_json_are_found_by_themselves() -> None:
    lines = ["MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEAAoIB"]
    whole = {
        "project": "a-project-with-a-name",
        "private_key": "\n".join(lines),
        "in": {"client_secret": "GOCSPX-0123456789"},
    }
    known = Secrets({"SERVICE_KEY": json.dumps(whole)})
    for part in (*lines, "GOCSPX-0123456789", json.dumps(whole)):
        assert known.scrub(f"a {part} b") == "a [secret:SERVICE_KEY] b"
    assert known.scrub("a-project-with-a-name") == "a-project-with-a-name"
    Secrets({"ODD_KEY": "{not json at all}", "DEEP_KEY": '{"key":' * 5000})


def test_bytes_are_looked_through_for_all_that_programs_escape() -> None:
    for text in (html.escape(ODD), json.dumps(ODD, ensure_ascii=False)[1:-1]):
        assert KNOWN.scrub({"raw": text.encode()}) == {"raw": b"[secret:ODD_PASSWORD]"}
    mixed = json.dumps(json.dumps(ODD, ensure_ascii=False)[1:-1])[1:-1]
    assert KNOWN.scrub(mixed) == "[secret:ODD_PASSWORD]"


def test_settings_name_secrets_that_no_name_tells() -> None:
    known = Secrets.of(
        {"MAILER": PLAIN, "HOOK": "https://hooks.example/T0/B0/xyz"}, {"HOOK": "https://hooks.example/T0/B0/xyz"}
    )
    assert known.scrub(f"{PLAIN} https://hooks.example/T0/B0/xyz") == f"{PLAIN} [secret:HOOK]"
    assert Secrets.of({}, {"SHORT": "seven77", "WORD": "disabled"}).values == {}


def test_a_secret_of_many_lines_is_found_line_by_line() -> None:
    body = ["MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEAAoIB", "short=="]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *body, "-----END PRIVATE KEY-----"])
    known = Secrets({"SIGNING_KEY": key})
    assert known.scrub(key) == "[secret:SIGNING_KEY]"
    for line in body[:2]:
        assert known.scrub(f"3: {line}!") == "3: [secret:SIGNING_KEY]!"
    assert known.scrub("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_the_beginning_of_a_secret_is_not_left_where_a_message_was_clipped() -> None:
    for length in range(6, len(PLAIN) - 1):
        told = clip("no such host: example.com?key=" + PLAIN, 31 + length)
        assert KNOWN.scrub(told) == "no such host: example.com?key=[secret:PLAIN_API_KEY]…"
        assert KNOWN.scrub({"error": [told]}) == {"error": ["no such host: example.com?key=[secret:PLAIN_API_KEY]…"]}
    assert KNOWN.scrub(shown("x" * 48 + ODD)) == '"' + "x" * 48 + '[secret:ODD_PASSWORD]…"'
    assert KNOWN.scrub(f"{quote(ODD)[:8]}… {b64(PLAIN)[:9]}…") == "[secret:ODD_PASSWORD]… [secret:PLAIN_API_KEY]…"
    for harmless in ("and so on…", f"{PLAIN[:5]}…", f"{PLAIN[:12]} …", "…"):
        assert KNOWN.scrub([harmless]) == [harmless]


def test_what_may_go_on_in_the_next_piece_is_known() -> None:
    assert [KNOWN.held(text) for text in ("", "all\n", "no:", PLAIN[:3], f"x {PLAIN[:7]}")] == [0, 0, 0, 3, 9]
    assert KNOWN.held(f"a {PLAIN}s") == len(PLAIN) + 3
    assert Secrets().held("sk") == 0


def test_data_is_looked_through_whole() -> None:
    deep: Any = PLAIN
    for _ in range(100):
        deep = [{"x": deep}]
    value = {PLAIN: [PLAIN, 1, None, 2.5, True, 2**80], "raw": b"\xff" + PLAIN.encode() + b"\0", "deep": deep}
    told = KNOWN.scrub(value)
    assert PLAIN not in repr(told)
    assert told["raw"] == b"\xff[secret:PLAIN_API_KEY]\0"
    assert told["[secret:PLAIN_API_KEY]"][1:] == [1, None, 2.5, True, 2**80]
    assert KNOWN.scrub({"raw": ODD.encode()}) == {"raw": b"[secret:ODD_PASSWORD]"}


def test_a_typed_value_becomes_data_only_if_a_secret_is_in_it() -> None:
    reply = HttpReply(text="nothing", status=200, ok=True, url="", headers={}, size=0)
    assert KNOWN.scrub(reply) is reply
    assert KNOWN.scrub(msgspec.structs.replace(reply, headers={"x": PLAIN}))["headers"] == {
        "x": "[secret:PLAIN_API_KEY]"
    }


def test_what_has_no_secret_is_not_even_copied() -> None:
    value = {"x": ["y", 1.5, b"z"], "n": float("nan")}
    assert KNOWN.scrub(value) is value


def test_the_longer_of_two_secrets_is_meant() -> None:
    known = Secrets({"A": "abcd-1234", "B": "abcd-1234-5678", "C": "1234-5678"})
    assert known.scrub("abcd-1234-5678 abcd-1234 1234-5678") == "[secret:B] [secret:A] [secret:C]"


def test_a_file_with_a_secret_is_refused_with_its_line_and_without_the_secret() -> None:
    KNOWN.check({"a.lua": "return 1"})
    with pytest.raises(ConfigError, match="environment variable PLAIN_API_KEY stands in this line") as caught:
        KNOWN.check({"a.lua": "return 1", "b.lua": f"-- one\nlocal key = '{PLAIN}'\n"})
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("b.lua", 2)
    assert caught.value.source is not None
    assert PLAIN not in caught.value.source


def test_a_secret_is_given_back_only_by_name() -> None:
    args = {"x": ["a [secret:PLAIN_API_KEY]", 1]}
    assert KNOWN.restored(args, ["PLAIN_API_KEY"], "it") == {"x": ["a " + PLAIN, 1]}
    with pytest.raises(ArgumentError, match="it had the value of PLAIN_API_KEY"):
        KNOWN.restored(args, ["ODD_PASSWORD"], "it")
    with pytest.raises(ArgumentError, match="the environment has no secret of that name"):
        Secrets().restored(args, ["PLAIN_API_KEY"], "it")
