"""HTML that nothing foreign can break out of: what is no `Html` is made visible and escaped, wherever it stands."""

import html

from llmspell.wording import visible


class Html(str):
    """Text that is HTML."""

    __slots__ = ()


def escaped(text: object) -> Html:
    """Return anything as HTML that shows it as it is; no character in it can hide or turn others around."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(visible(str(text), keep="\n\t"), quote=True))


def join(parts: "list[Html] | tuple[Html, ...]") -> Html:
    """Return pieces of HTML as one."""
    return Html("".join(parts))


def tag(name: str, *inner: object, **attributes: object) -> Html:
    """Return an element. In names of attributes `_` is `-`, and one at the end is left out; None leaves one out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{said}>{''.join(map(escaped, inner))}</{name}>")
