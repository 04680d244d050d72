"""YAML as Go's sigs.k8s.io/yaml reads it: YAML 1.1 with y and n as booleans, and keys that become text."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"[yYnN]$"), list("yYnN"))
_Loader.bool_values = {**yaml.SafeLoader.bool_values, "y": True, "n": False}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in _Loader.yaml_implicit_resolvers.items()
}
"""Times stay text."""


def load(text: bytes) -> Any:
    """What JSON would have; ValueError for what is no YAML."""
    try:
        return _keyed(yaml.load(text, _Loader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def dump(raw: bytes) -> bytes:
    """JSON as YAML, keys sorted."""
    return yaml.safe_dump(json.loads(raw), sort_keys=True, default_flow_style=False).encode()


def _keyed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): _keyed(item) for key, item in value.items()}
    return [_keyed(item) for item in value] if isinstance(value, list) else value
