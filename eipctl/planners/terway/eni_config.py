"""What `setup` writes into eni_conf, and how it is taken back after others have edited it too.

flag now             setup                        teardown, if the record names it
-------------------  ---------------------------  -----------------------------------------------------
absent               added                        removed
"false", "", null    set, old value recorded      the old JSON text set again, byte for byte
"True", "1", true …  set, old value recorded      a text is set again; another type is removed: it stops Terway
"true"               left alone                   left alone unless the record names it
changed since        -                            left alone, and said so
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain.actions.terway import WriteEniConfig
from eipctl.domain.terway import eni_conf, eni_conf_text
from eipctl.domain.terway.eni_conf import ALLOW_EIP_ROB, ENABLE_EIP_POOL, Flag, FlagState, digest
from eipctl.domain.terway.installation import Record
from eipctl.domain.terway.startup import changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from eipctl.domain.terway.installation import EniConfig

OBJECT = "configmap/kube-system/eni-config"
EDIT = "kubectl -n kube-system edit configmap eni-config"
ON = '"true"'
CRASHED = "Terway can't start with the change"


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """The write (None for none) and what a person should know about it."""

    write: WriteEniConfig | None
    notes: tuple[str, ...] = ()


def switch_on(config: EniConfig, *, allow_eip_rob: bool) -> ConfigChange:
    """Set the flags that are not on yet."""
    wanted = (ENABLE_EIP_POOL, ALLOW_EIP_ROB) if allow_eip_rob else (ENABLE_EIP_POOL,)
    flags = config.conf.text_flags
    lacking = [key for key in wanted if flags[key].state is not FlagState.ON]
    notes = (*_look_alikes(config), *_wrong_values(flags, lacking), *_overridden(config))
    if not lacking:
        return ConfigChange(None, notes)
    after = eni_conf.set_flags(config.text, dict.fromkeys(lacking, "true"))
    record = _record(config, flags, lacking, after)
    reason = (
        f"{' and '.join(lacking)} = {ON} lets Terway give Pods an EIP"
        if ENABLE_EIP_POOL in lacking
        else (f"{ALLOW_EIP_ROB} = {ON} lets Terway take a named EIP from another holder")
    )
    return ConfigChange(_write(config, after, record.text(), reason), notes)


def take_back(config: EniConfig) -> ConfigChange:
    """Undo exactly what the record says, key by key; a key that was changed since stays as it is."""
    record = config.record
    if record is None or not record.keys:
        return ConfigChange(None, (*_damaged(config), *_set_by_hand(config), *_set_by_overrides(config)))
    flags, after, notes = config.conf.text_flags, config.text, [*_set_by_overrides(config)]
    for key in record.keys:
        flag = flags.get(key, Flag(FlagState.ABSENT))
        if flag.state is FlagState.ON:
            after = _undo(after, key, record.previous.get(key))
        elif flag.state is not FlagState.ABSENT:
            notes.append(f"{key} is now {flag.raw}, which setup did not write; it stays")
    if after == config.text:
        return ConfigChange(None, tuple(notes))
    if config.edited_since:
        notes.append("eni_conf was edited after setup; only setup's own changes are reverted, other edits stay")
    taken = Record(digest(after))
    return ConfigChange(_write(config, after, taken.text(), "reverts setup's changes"), tuple(notes))


def switch_off(config: EniConfig, *, any_case: bool = False) -> ConfigChange:
    """Remove Terway's EIP mode, whoever set it: what setup wrote as teardown does, else the key itself.

    For a Terway that takes keys in any case, those that look like it too.
    """
    change = take_back(config)
    text = change.write.after if change.write else config.text
    conf = eni_conf.read(text)
    keys = [ENABLE_EIP_POOL] if conf.enable_eip_pool.state is FlagState.ON else []
    if any_case and conf.any_case_pool.state is FlagState.ON:
        keys += [ENABLE_EIP_POOL, *(key for key, known in conf.look_alikes if known == ENABLE_EIP_POOL)]
    if not keys:
        return change if change.write else ConfigChange(None)
    after = eni_conf.remove_flags(text, dict.fromkeys(keys))
    reason = "a Terway without it forgets its EIPs and releases none"
    return ConfigChange(_write(config, after, Record(digest(after)).text(), reason))


def undo_of(write: WriteEniConfig, config: EniConfig) -> WriteEniConfig:
    """What puts eni_conf, and the record, back as they were before `write`."""
    record = config.record or _in_force(write.before, config.written.when if config.written else None)
    text = record.text() if record else None
    return replace(write, before=write.after, after=write.before, record=text, reason=CRASHED)


def undo_recorded(config: EniConfig) -> WriteEniConfig | None:
    """What puts back an earlier run's change, for a canary of a run that writes nothing itself."""
    write = take_back(config).write
    if write is None:
        return None
    record = _in_force(write.after, config.record.since if config.record else None)
    return replace(write, record=record.text() if record else None, reason=CRASHED)


def _in_force(text: str, since: datetime | None) -> Record | None:
    """A record of a text that is put back: who started after it was written then has read it."""
    return Record(digest(text), written=since) if since else None


def dated(config: EniConfig) -> WriteEniConfig | None:
    """A record for an eni_conf whose time of change is unknown; None if it is known.

    What is restarted after it is known to have read it.
    """
    if changed(config) is not None:
        return None
    old = config.record
    record = Record(digest(config.text), old.added, old.previous) if old else Record(digest(config.text))
    return _write(config, config.text, record.text(), "nothing says when eni_conf was changed: from now on it is known")


def forget_record(config: EniConfig, text: str) -> WriteEniConfig:
    """Remove the record from a ConfigMap whose eni_conf is `text`."""
    return WriteEniConfig(
        before=text,
        after=text,
        resource_version=config.resource_version,
        record=None,
        reason="every Terway Pod has read the change; setup's record is no longer needed",
    )


def _look_alikes(config: EniConfig) -> list[str]:
    """Keys of which a Terway since v1.3 takes no notice."""
    keys = [(key, known) for key, known in config.conf.look_alikes if known in (ENABLE_EIP_POOL, ALLOW_EIP_ROB)]
    return [f"{key} is not {known}: keys are case-sensitive since Terway v1.3" for key, known in keys]


def _damaged(config: EniConfig) -> tuple[str, ...]:
    if not config.damaged_record:
        return ()
    return ("setup's record (annotation eipctl.io/eni-config) can't be read, so nothing is reverted",)


def _wrong_values(flags: dict[str, Flag], lacking: Iterable[str]) -> list[str]:
    told = {
        FlagState.MISSPELT: "which Terway treats as off",
        FlagState.WRONG_TYPE: "with which Terway can't start",
    }
    found = [(key, flags[key]) for key in lacking if flags[key].state in told]
    return [f"{key} is {flag.raw} now, {told[flag.state]}; it becomes {ON}" for key, flag in found]


def _overridden(config: EniConfig) -> list[str]:
    off = (FlagState.OFF, FlagState.NULL, FlagState.MISSPELT)
    return [
        f"ConfigMap {override.config_map} turns {ENABLE_EIP_POOL} off on {', '.join(override.nodes)}: no EIP there"
        for override in config.overrides
        if override.conf is not None and override.conf.enable_eip_pool.state in off
    ]


def _record(config: EniConfig, flags: dict[str, Flag], lacking: Iterable[str], after: str) -> Record:
    """The old record and what is new; a key that the old one names keeps what it says."""
    old = config.record
    known = old.keys if old else ()
    new = [key for key in lacking if key not in known]
    absent = tuple(key for key in new if flags[key].state is FlagState.ABSENT)
    replaced = {key: flags[key].raw for key in new if key not in absent}
    before = old.since if old and old.keys else changed(config)
    return Record(
        digest(after),
        (*(old.added if old else ()), *absent),
        {**(old.previous if old else {}), **replaced},
        since=before,
    )


def _undo(text: str, key: str, previous: str | None) -> str:
    """With a value that Terway can start with as it was; without the key where there was none, or another type."""
    value = json.loads(previous) if previous is not None else 0
    if previous is None or not (value is None or isinstance(value, str)):
        return eni_conf.remove_flags(text, [key])
    return eni_conf_text.set_raw(text, key, previous)


def _set_by_hand(config: EniConfig) -> Iterator[str]:
    if config.conf.enable_eip_pool.state is FlagState.ON:
        yield f"{ENABLE_EIP_POOL} was not set by eipctl and stays; remove it with: {EDIT}"


def _set_by_overrides(config: EniConfig) -> Iterator[str]:
    for override in config.overrides:
        if override.conf is not None and override.conf.enable_eip_pool.state is FlagState.ON:
            name, nodes = override.config_map, first_few(override.nodes)
            yield f"ConfigMap {name} turns {ENABLE_EIP_POOL} on for {nodes}, and stays: Terway gives EIPs there"


def _write(config: EniConfig, after: str, record: str | None, reason: str) -> WriteEniConfig:
    if config.immutable and after != config.text:
        raise Refused(
            Code.ENI_CONFIG_IMMUTABLE,
            "ConfigMap eni-config is immutable, so eni_conf can't be changed",
            hint="have who made it immutable replace it: kubectl -n kube-system get configmap eni-config -o yaml, "
            "delete it, and create it again without immutable",
            obj=OBJECT,
        )
    return WriteEniConfig(
        before=config.text, after=after, resource_version=config.resource_version, record=record, reason=reason
    )
