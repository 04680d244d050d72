"""Attributes that are made when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    lazy = cached_property
else:

    class lazy(cached_property):  # noqa: N801 - a decorator
        """functools.cached_property as it is from Python 3.12 on: before, all objects of a class waited for one."""

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            """The value; made once, or by each of the threads that ask at the same moment."""
            if instance is None:
                return self
            known = instance.__dict__
            if self.attrname not in known:
                known[self.attrname] = self.func(instance)
            return known[self.attrname]
