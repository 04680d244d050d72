"""What a person can ask for, and the annotations that say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.text import from_json
from eipctl.domain.plan import Pairs  # noqa: TC001 - a saved plan's options are read into this class
from eipctl.domain.settings import ASKING, INSTANCE_ID, K8S, NETWORK, OPTIONS, POOL, SETTINGS, TAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.settings import Setting


@dataclass(frozen=True, slots=True)
class EipSettings:
    """The annotations to write, under the prefix that Terway, ack-extend-network-controller and bind all read."""

    pairs: Pairs = ()

    @classmethod
    def of(cls, **asked: str | None) -> EipSettings:
        """By the `dest` of each option; None leaves a key as it is. `eip` is "true" or "false"."""
        known = {option.dest: setting for setting, option in OPTIONS}
        given = [(known[dest], text) for dest, text in asked.items() if text is not None]
        return cls(tuple((key, text) for setting, text in given for key in written_keys(setting)))

    @property
    def instance_id(self) -> str:
        """The EIP that is named; "" when none is."""
        return dict(self.pairs).get(K8S + INSTANCE_ID.name, "")

    @property
    def pool(self) -> str:
        """The pool that is asked for; "" when none is."""
        return dict(self.pairs).get(POOL.keys[0], "")


def written_keys(setting: Setting) -> tuple[str, ...]:
    """Under Terway's prefix; with the older key where an older Terway reads that one only."""
    return (setting.keys[0], *([setting.older] if setting.terway_older else ()))


OURS = tuple(key for setting in SETTINGS for key in setting.keys)
"""Every key that asks for an EIP or for a property of it: what `--remove` takes off and `--fix` moves."""

PROPERTIES = tuple(key for setting in SETTINGS if setting not in ASKING for key in setting.keys)
"""Those of them that say what an EIP is like: one that is named by id stays as it is."""

_OLDER = {K8S + setting.name: setting.older for setting in SETTINGS if setting.older}
_NEWER = {setting.older: K8S + setting.name for setting in SETTINGS if setting.terway_older}


def said(annotations: Mapping[str, str], key: str, value: str, *, network: bool, early: bool = False) -> bool:
    """Whether they say `value` already: under the key, or else under those of the same meaning alone.

    An older key is read by all who give EIPs; `network`: whether all who do here read that prefix too; `early`:
    whether a Terway does that reads only the older key of some settings.
    """
    newer = "" if early else _NEWER.get(key, "")
    others = (_OLDER.get(key, ""), newer, key.replace(K8S, NETWORK) if network else "")
    found = [annotations[name] for name in ((key,) if key in annotations else others) if name in annotations]
    return bool(found) and all(text == value or (key.endswith(TAGS.name) and _alike(text, value)) for text in found)


def _alike(text: str, other: str) -> bool:
    """Whether both are the same JSON, however it is laid out and ordered."""
    try:
        return bool(from_json(text) == from_json(other))
    except ValueError:
        return False
