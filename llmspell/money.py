"""Dollars in figures and words: the same amount is the same text, in whatever order it was summed up."""


def exact(usd: float) -> float:
    """Return an amount as far as prices go: what a sum of fractions adds by itself is not part of it."""
    return round(round(usd, 12), 9)


def dollars(usd: float) -> str:
    """Return what something cost: `$0.0048`."""
    return f"${exact(usd):.4f}"


def limit(usd: float) -> str:
    """Return an amount that a person has set, with all of its digits: `$2.00`, `$0.003`."""
    whole, _, part = f"{exact(usd):.9f}".partition(".")
    return f"${whole}.{part.rstrip('0'):0<2}"
