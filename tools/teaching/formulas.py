"""Formulas as MathML, which browsers draw without a script and without another host."""

import html
import re
import xml.etree.ElementTree as ElementTree

from docutils.utils.math import MathError, latex2mathml

__all__ = ["mathml"]

# What docutils does not read as TeX does, and what to read in its place.
INSTEAD = (
    (re.compile(r"(\\[td]?frac)\s*(\d)"), r"\1{\2}"),
    (re.compile(r"(\\[td]?frac\{[^{}]*\})\s*(\d)"), r"\1{\2}"),
    (re.compile(r"\\dots(?![a-z])"), r"\\ldots"),
    (re.compile(r"\\[bB]ig(?![a-zA-Z])"), ""),
    (re.compile(r"\\tag\{([^{}]*)\}"), r"\\qquad(\1)"),
    (re.compile("⅓"), r"\\frac{1}{3}"),
)


def mathml(formula: str, block: bool = False) -> str:
    """A formula in TeX as MathML; as it was written where it cannot be read.

    >>> mathml("x^2")
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>x</mi><mn>2</mn></msup></math>'
    >>> mathml(r"\\oddity{x}")
    '<code>\\\\oddity{x}</code>'
    """
    text = formula
    for pattern, replacement in INSTEAD:
        text = pattern.sub(replacement, text)
    try:
        made = latex2mathml.tex2mathml(text, as_block=block)
        ElementTree.fromstring(made.replace("&ApplyFunction;", "&#x2061;"))
    except (MathError, ElementTree.ParseError, AttributeError, IndexError, TypeError):
        return f"<code>{html.escape(formula)}</code>"
    return re.sub(r">\s+<", "><", made)
