"""A report as one HTML file that makes no request, or as Markdown."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from eipctl.output.report.view import view_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from eipctl.commands.report.fleet import FleetReport

FOLDER = files("eipctl.output.report")
DATA = ("currency", "several", "states", "clusters", "pods", "orphans", "runs")
"""What the page's script reads; the rest is in the page as it is."""
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#@&$])")


def render_html(report: FleetReport, *, named: bool) -> str:
    """Strict CSP: what does not have one of the two hashes is neither run nor applied."""
    view = view_of(report, named=named)
    style, script = _asset("page.css"), _asset("page.js")
    page = _environment(autoescape=True).get_template("page.html.jinja")
    data = _data({name: view[name] for name in DATA})
    return page.render(view, style=style, script=script, data=data, style_hash=_hash(style), script_hash=_hash(script))


def render_markdown(report: FleetReport, *, named: bool) -> str:
    """The same in short: Pods that are not Bound, the last runs."""
    environment = _environment(autoescape=False, finalize=escape_markdown)
    environment.filters["fenced"] = Fenced
    return environment.get_template("page.md.jinja").render(view_of(report, named=named))


def escape_markdown(value: object) -> object:
    """Text that stays text, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(value.split())) if isinstance(value, str) else value


class Fenced:
    """A command as a code block in a list; nothing in it can end the block."""

    def __init__(self, command: str) -> None:
        self._command = " ".join(command.split())

    def __str__(self) -> str:
        ticks = max((len(found) for found in re.findall("`+", self._command)), default=0)
        fence = "`" * max(3, ticks + 1)
        return f"{fence}sh\n  {self._command}\n  {fence}"


def _environment(*, autoescape: bool, **settings: Any) -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        autoescape=autoescape,  # noqa: S701 - Markdown is escaped by `finalize`
        loader=FunctionLoader(_asset),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **settings,
    )


def _asset(name: str) -> str:
    return FOLDER.joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _data(content: dict[str, Any]) -> str:
    """JSON that no text in it can end: HTML looks for ``</script`` and ``<!--`` before anybody reads JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
