"""Containers, as far as they tell what runs in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VARIABLE = re.compile(r"\$\(([^()]+)\)")


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a Pod or of a Pod template: its command line, and the variables that have a literal value."""

    name: str = ""
    image: str = ""
    words: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()

    @property
    def command_line(self) -> tuple[str, ...]:
        """The words as the kubelet passes them: ``$(NAME)`` is a variable's value where there is one."""
        values = dict(self.env)
        return tuple(_VARIABLE.sub(lambda found: values.get(found[1], found[0]), word) for word in self.words)
