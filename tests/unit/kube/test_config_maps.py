"""ConfigMaps: who wrote which key when, by metadata.managedFields."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from eipctl.domain.facts import Written
from eipctl.kube import wire
from eipctl.kube.config_maps import ConfigMapObject

FIRST, LAST = "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"
AT_FIRST, AT_LAST = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (8, 9))


def entry(manager: str, time: str | None, *keys: str) -> dict[str, Any]:
    fields = {"f:data": {".": {}, **{f"f:{key}": {} for key in keys}}, "f:metadata": {"f:annotations": {"f:x": {}}}}
    return {"manager": manager, "operation": "Update", "time": time, "fieldsType": "FieldsV1", "fieldsV1": fields}


def written(entries: list[dict[str, Any]] | None) -> dict[str, Written]:
    meta = {"name": "eni-config", "namespace": "kube-system", "managedFields": entries}
    raw = {"kind": "ConfigMap", "metadata": meta, "data": {"eni_conf": "{}"}, "immutable": None}
    return dict(wire.decode(json.dumps(raw).encode(), ConfigMapObject).fact().written)


def test_each_key_was_written_by_its_last_manager() -> None:
    """Several may have it: the latest counts."""
    found = written([entry("eipctl", LAST, "eni_conf"), entry("addon", FIRST, "eni_conf", "other")])
    assert found["eni_conf"] == Written(AT_LAST, by_eipctl=True)
    assert found["other"] == Written(AT_FIRST)


@pytest.mark.parametrize(
    "entries",
    [
        None,
        [],
        [entry("addon", None, "eni_conf")],
        [{"manager": "addon", "time": FIRST, "fieldsV1": None}],
        [{"manager": "addon", "time": FIRST, "fieldsV1": {"f:metadata": {}}}],
        [{"manager": "addon", "time": FIRST, "fieldsV1": {"f:data": []}}],
        [entry("eipctl-notes", FIRST)],
    ],
)
def test_where_nothing_says_when_a_key_was_written_it_is_not_known(entries: list[dict[str, Any]] | None) -> None:
    """A server without managedFields, or one that has lost them."""
    assert "eni_conf" not in written(entries)
