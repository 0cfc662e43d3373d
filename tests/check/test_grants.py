"""Hosts and paths in the text of a spell, held against what its manifest asks for."""

import pytest

ALLOW = "spell {{ allow = {{ {} }} }}\n{}"
CLEAN = [
    ("net = { 'api.x.com' }", "Http.get('https://api.x.com/feed')"),
    ("net = { '*.x.com', '10.0.0.0/8' }", "Http.get('https://api.x.com/' .. 1)\nHttp.post('http://10.1.2.3/x')"),
    ("net = { '*' }", "Http.request('GET', 'https://anywhere.org/')"),
    ("net = { 'localhost:8080' }", "Http.get('http://localhost:8080/x')"),
    (
        "net = { 'GET api.x.com/v1/*' }",
        "Http.get('https://api.x.com/v1/../v1/x?y')\nHttp.head('https://api.x.com/v1/')",
    ),
    (
        "net = { 'GET api.x.com/v1/*' }",
        "local x = tostring(1)\nHttp.get('https://api.x.com/' .. 1)\nHttp.request(x, 'https://api.x.com/v1/x')",
    ),
    (
        "net = {}",
        "local function f(url) Http.get(url) end\nf()\nHttp.get('https://' .. f() .. '/x')\nHttp.get('nonsense')",
    ),
    ("write = { 'out' }", "Fs.write('out/x.txt', 'x')\nFs.append('./out/y/z', 'x')\nFs.remove('out/x.txt')"),
    ("read = { '/etc/hosts' }", "Fs.read('/etc/hosts')\nFs.read('notes.md')\nFs.list('.')\nFs.exists('docs/x.md')"),
]
WRONG = [
    (
        "net = { 'api.x.com' }",
        "Http.get('https://api.y.com/feed')",
        'net access to "api.y.com" is not declared | add "api.y',
    ),
    ("net = { 'x.com' }", "local f\nHttp.get('https://y.com/' .. f)", 'net access to "y.com" is not declared'),
    (
        "net = { 'x.com' }",
        "local U <const> = 'http://y.com:81/'\nHttp.get(U)",
        'net access to "y.com:81" is not declared',
    ),
    ("net = { 'GET x.com' }", "Http.post('https://x.com/v1')", 'net access to "POST x.com" is not declared'),
    ("net = { 'GET x.com' }", "Http.request('put', 'https://x.com/')", 'net access to "PUT x.com" is not declared'),
    ("net = { 'x.com/v1/*' }", "Http.get('https://x.com/v2')", 'net access to "GET x.com/v2" is not declared'),
    ("net = { 'GET x.com' }", "Http.post('https://x.com/' .. 1)", 'net access to "POST x.com" is not declared'),
    ("net = { 'x.com' }", "Http.request('PUT', 'https://127.0.0.1/')", 'net access to "127.0.0.1" is not declared'),
    (
        "write = { 'out' }",
        "Fs.write('other/x.txt', 'x')",
        'writing "other/x.txt" is not declared | add "other/x.txt" to all',
    ),
    ("write = { 'out' }", "Fs.write('out/../x.txt', 'x')", 'writing "out/../x.txt" is not declared'),
    ("write = { 'out' }", "Fs.copy('x.md', 'elsewhere/x.md')", 'writing "elsewhere/x.md" is not declared'),
    (
        "net = {}",
        "Fs.read('/etc/hosts')",
        'reading "/etc/hosts" is not declared | add allow = { read = { "/etc/hosts" } } to',
    ),
    ("net = {}", "Fs.read('../outside.md')", 'reading "../outside.md" is not declared'),
    ("net = {}", "Fs.read('.env')", 'reading ".env" is not declared'),
]


@pytest.mark.parametrize(("allow", "text"), CLEAN)
def test_what_is_declared_or_computed_is_no_finding(look, allow: str, text: str) -> None:
    assert look("lua", ALLOW.format(allow, text)) == []


@pytest.mark.parametrize(("allow", "text", "message"), WRONG)
def test_what_is_not_declared_is_told_with_the_fix(look, allow: str, text: str, message: str) -> None:
    (found,) = look("lua", ALLOW.format(allow, text))
    assert f"permission: {message}" in found


def test_the_fix_names_the_line_of_the_manifest(look) -> None:
    (found,) = look("lua", "spell {\n  allow = {\n    net = { 'x.com' },\n  },\n}\nHttp.get('https://y.com/')")
    assert found == '6:10 permission: net access to "y.com" is not declared | add "y.com" to allow.net in line 3'


def test_the_fix_is_written_as_the_language_wants_it(look) -> None:
    (found,) = look("javascript", "await Http.get(`https://y.com/${1}`);")
    assert found.endswith('| add allow: { net: ["y.com"] } to the manifest')


def test_fetch_needs_what_http_needs(look) -> None:
    allowed = "spell({ allow: { net: ['x.com'] } });\n"
    assert (
        look("javascript", allowed + "await fetch('https://x.com/a');\nawait fetch(new URL('https://y.com/'));") == []
    )
    assert look("javascript", allowed + "const fetch = print;\nfetch('https://y.com/');") == []
    (found,) = look("javascript", allowed + "await fetch(`https://y.com/${1}`, { method: 'PUT' });")
    assert found == '2:13 permission: net access to "y.com" is not declared | add "y.com" to allow.net in line 1'
