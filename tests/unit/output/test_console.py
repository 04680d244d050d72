"""What others wrote can't play tricks with a terminal, a log or a script that reads lines."""

from __future__ import annotations

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.output.console import Color, Console, plain, printable
from eipctl.output.errors import error_lines

ESCAPE = "a\x1b[2Jb\x07c\x9bd\u202ee"


@pytest.mark.parametrize("text", ["plain", "名称\u3000测试", "tab\tand\nline", "caf\u00e9\u00a0au lait", "👩‍💻"[0]])
def test_text_of_any_language_stays(text: str) -> None:
    """Also with the spaces of other scripts."""
    assert printable(text) == text


def test_control_characters_do_not() -> None:
    """Neither those of a terminal nor those that turn the direction."""
    assert printable(ESCAPE) == "a�[2Jb�c�d�e"


@pytest.mark.parametrize("color", Color)
def test_no_stream_gets_them(color: Color, capsys: pytest.CaptureFixture[str]) -> None:
    """With colour or without: a log is read in a terminal too, sooner or later."""
    console = Console(color)
    console.answer_lines([plain(f"[/red]{ESCAPE}")])
    console.say(plain(ESCAPE))
    console.complain(plain(ESCAPE))
    said = capsys.readouterr()
    assert "[/red]" in said.out
    for char in "\x07\x9b\u202e":
        assert char not in said.out + said.err
    assert "\x1b[2J" not in said.out + said.err


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody else said in several lines can't pass for another error."""
    error = Failed(Code.CLOUD_ERROR, "refused: a\nerror[EIP000]: b", hint="do\r\nthis", obj="eip/a\nb")
    Console(Color.NEVER).complain(*error_lines(error))
    said = capsys.readouterr().err
    assert said == "error[EIP210]: refused: a error[EIP000]: b (eip/a b)\n  do: do this\n"
