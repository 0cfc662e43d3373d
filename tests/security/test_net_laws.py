"""Laws of decisions about the network, for whatever rules there are."""

from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import HttpError, PermissionDenied
from llmspell.security.addresses import Addresses
from llmspell.security.hosts import parse, uncovered
from llmspell.security.rules import KINDS, Mode, Rule, Rules
from llmspell.security.urls import METHODS
from llmspell.security.urls import parse as url_of

PLACES = [
    "*", "a.example", "b.example", "*.example", "a.example:8080", "localhost", "a.localhost:*", "*:8080", "127.0.0.1",
    "127.0.0.0/8:8080", "10.0.0.0/8", "10.1.0.0/16", "93.184.216.34", "[::1]", "fd00::/8", "2000::/3",
]  # fmt: skip
_METHODS = st.one_of(
    st.just(""), st.lists(st.sampled_from(METHODS), min_size=1, max_size=3).map(lambda m: "|".join(m) + " ")
)
_PATHS = st.sampled_from(["", "", "/v1/*", "/v1", "/*", "/v1/*/x", "/*.json", "/admin"])
PATTERNS = st.builds("{}{}{}".format, _METHODS, st.sampled_from(PLACES), _PATHS)
RULES = st.lists(PATTERNS, max_size=4)
HOSTS = ["a.example", "b.example", "localhost", "a.localhost", "127.0.0.1", "10.1.2.3", "93.184.216.34", "[::1]"]
URLS = st.builds(
    "http://{}{}{}".format,
    st.sampled_from([*HOSTS, "[::ffff:10.1.2.3]", "[64:ff9b::a01:203]", "[2002:7f00:1::]", "2130706433", "[fd00::1]"]),
    st.sampled_from(["", ":8080", ":443", ":22"]),
    st.sampled_from(
        ["", "/v1", "/v1/a", "/v1/../admin", "/V1/a", "/v1//a", "/v1/%2e%2e/x", "/v1/a;b/x", "/a.json?q=/v1/"]
    ),
)
REQUESTS = st.tuples(st.sampled_from(METHODS), URLS)
FOUND = st.lists(
    st.sampled_from(
        ["127.0.0.1", "10.1.2.3", "93.184.216.34", "::1", "fd00::1", "::ffff:10.1.2.3", "64:ff9b::a01:203"]
    ),
    max_size=3,
)
MODES = st.sampled_from(["all", "declared", "given", "never"])


def made(mode: Mode, allow: list[str], deny: list[str]) -> Rules:
    rules = Rules("it", dict.fromkeys(KINDS, mode)).deny("net", [Rule(each, "[deny]") for each in deny])
    return rules if mode == "never" else rules.grant("net", allow, "--allow-net")


def decided(rules: Rules, request: tuple[str, str]) -> bool:
    method, url = request
    return Addresses(rules).decide(url_of(url), method).allowed


def dialled(rules: Rules, request: tuple[str, str], found: list[str]) -> list[str]:
    """Return the addresses that a request may go to, if its name has these."""

    async def lookup(_: str) -> list[str]:
        return found

    method, url = request
    finding = Addresses(rules, lookup).find(url_of(url), method)
    try:
        finding.send(None)
    except StopIteration as ended:
        return list(ended.value)
    except (PermissionDenied, HttpError):
        return []
    raise AssertionError("nothing waits here")


@given(MODES, RULES, RULES, PATTERNS, REQUESTS, FOUND)
def test_a_deny_grants_nothing(
    mode: Mode, allow: list[str], deny: list[str], more: str, request: tuple[str, str], found: list[str]
) -> None:
    before, after = made(mode, allow, deny), made(mode, allow, [*deny, more])
    assert decided(after, request) <= decided(before, request)
    assert set(dialled(after, request, found)) <= set(dialled(before, request, found))


@given(MODES, RULES, RULES, PATTERNS, REQUESTS, FOUND)
def test_a_grant_takes_nothing(
    mode: Mode, allow: list[str], deny: list[str], more: str, request: tuple[str, str], found: list[str]
) -> None:
    before, after = made(mode, allow, deny), made(mode, [*allow, more], deny)
    assert decided(before, request) <= decided(after, request)
    assert set(dialled(before, request, found)) <= set(dialled(after, request, found))


@given(MODES, RULES, RULES, REQUESTS, FOUND, st.data())
def test_no_rule_has_to_stand_before_another(
    mode: Mode, allow: list[str], deny: list[str], request: tuple[str, str], found: list[str], data: st.DataObject
) -> None:
    one = made(mode, allow, deny)
    other = made(mode, data.draw(st.permutations(allow)), data.draw(st.permutations(deny)))
    assert decided(one, request) is decided(other, request)
    assert dialled(one, request, found) == dialled(other, request, found)


@given(MODES, RULES, RULES, RULES, REQUESTS, FOUND)
def test_a_caller_has_no_more_than_the_run(
    mode: Mode, allow: list[str], deny: list[str], own: list[str], request: tuple[str, str], found: list[str]
) -> None:
    rules = made(mode, allow, deny)
    inner = rules.narrowed("reader", {"net": own})
    assert decided(inner, request) <= (decided(rules, request) and decided(made("given", own, []), request))
    assert set(dialled(inner, request, found)) <= set(dialled(rules, request, found))


@given(MODES, RULES, RULES, REQUESTS, FOUND)
def test_what_is_decided_is_what_is_dialled(
    mode: Mode, allow: list[str], deny: list[str], request: tuple[str, str], found: list[str]
) -> None:
    rules, (method, url) = made(mode, allow, deny), request
    places = dialled(rules, request, found)
    assert decided(rules, request) or not places
    addresses, target = Addresses(rules), url_of(url)
    for each in found:
        assert addresses.admits(target, method, each) is (each in dialled(rules, request, [each]))
    assert all(addresses.admits(target, method, each) for each in places)


@given(PATTERNS, PATTERNS, REQUESTS)
def test_a_pattern_that_covers_another_grants_all_that_it_does(one: str, other: str, request: tuple[str, str]) -> None:
    if not uncovered([other], [one]):
        assert decided(made("declared", [other], []), request) <= decided(made("declared", [one], []), request)


@given(PATTERNS, REQUESTS)
def test_what_a_rule_grants_the_same_rule_denies(pattern: str, request: tuple[str, str]) -> None:
    if decided(made("declared", [pattern], []), request):
        assert not decided(made("all", [], [pattern]), request)


@given(RULES, REQUESTS)
def test_what_is_suggested_grants_what_was_asked_for(allow: list[str], request: tuple[str, str]) -> None:
    method, url = request
    decision = Addresses(made("declared", allow, [])).decide(url_of(url), method)
    assert decided(made("declared", [decision.value], []), request)
    assert parse(decision.value)
