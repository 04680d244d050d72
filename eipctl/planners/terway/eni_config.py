"""What `setup` writes into eni_conf, and how it is taken back after others have edited it too.

flag now             setup                        teardown, if the record names it
-------------------  ---------------------------  -----------------------------------------------------
absent               added                        removed
"false", "", null    set, old value recorded      the old text set again (null: removed, which means the same)
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
from eipctl.domain.actions.terway import WriteEniConfig
from eipctl.domain.terway import eni_conf
from eipctl.domain.terway.eni_conf import ALLOW_EIP_ROB, ENABLE_EIP_POOL, Flag, FlagState, digest
from eipctl.domain.terway.installation import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.terway.eni_conf import EniConf
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


def flags_of(config: EniConfig) -> dict[str, Flag]:
    """The two flags that setup can set."""
    return {ENABLE_EIP_POOL: config.conf.enable_eip_pool, ALLOW_EIP_ROB: config.conf.allow_eip_rob}


def switch_on(config: EniConfig, *, allow_eip_rob: bool) -> ConfigChange:
    """Set the flags that are not on yet."""
    _no_conflict(config, allow_eip_rob=allow_eip_rob)
    wanted = (ENABLE_EIP_POOL, ALLOW_EIP_ROB) if allow_eip_rob else (ENABLE_EIP_POOL,)
    flags = flags_of(config)
    lacking = [key for key in wanted if flags[key].state is not FlagState.ON]
    notes = (*_wrong_values(flags, lacking), *_overridden(config))
    if not lacking:
        return ConfigChange(None, (*notes, *_unrecorded(config)))
    after = eni_conf.set_flags(config.text, dict.fromkeys(lacking, "true"))
    record = _record(config.record, flags, lacking, after)
    reason = (
        f"{' and '.join(lacking)} = {ON} lets Terway give Pods an EIP"
        if ENABLE_EIP_POOL in lacking
        else (f"{ALLOW_EIP_ROB} = {ON} lets Terway take a named EIP from another holder")
    )
    return ConfigChange(_write(config, after, record.text(), reason), notes)


def take_back(config: EniConfig) -> ConfigChange:
    """Undo exactly what the record says, key by key; a key that somebody changed since stays as it is."""
    record = config.record
    if record is None or not record.keys:
        return ConfigChange(None, _set_by_hand(config))
    flags, after, notes = flags_of(config), config.text, list[str]()
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


def switch_off(config: EniConfig) -> ConfigChange:
    """Take Terway's EIP mode out, whoever has set it: what setup wrote as teardown does it, else the key itself."""
    change = take_back(config)
    text = change.write.after if change.write else config.text
    if eni_conf.read(text).enable_eip_pool.state is not FlagState.ON:
        return change if change.write else ConfigChange(None)
    after = eni_conf.remove_flags(text, [ENABLE_EIP_POOL])
    reason = "a Terway without it forgets its EIPs and releases none"
    return ConfigChange(_write(config, after, Record(digest(after)).text(), reason))


def undo_of(write: WriteEniConfig, config: EniConfig) -> WriteEniConfig:
    """What puts eni_conf, and the record, back as they were before `write`."""
    record = config.record.text() if config.record else None
    return replace(write, before=write.after, after=write.before, record=record, reason=CRASHED)


def undo_recorded(config: EniConfig) -> WriteEniConfig | None:
    """What puts back an earlier run's change, for a canary of a run that writes nothing itself."""
    write = take_back(config).write
    return None if write is None else replace(write, record=None, reason=CRASHED)


def forget_record(config: EniConfig, text: str) -> WriteEniConfig:
    """Remove the record from a ConfigMap whose eni_conf is `text`."""
    return WriteEniConfig(
        before=text,
        after=text,
        resource_version=config.resource_version,
        record=None,
        reason="every Terway Pod has read the change; setup's record is no longer needed",
    )


def _no_conflict(config: EniConfig, *, allow_eip_rob: bool) -> None:
    """Refused where a restart would take Terway down, or Terway would give nothing."""
    corrected = (ENABLE_EIP_POOL, ALLOW_EIP_ROB) if allow_eip_rob else (ENABLE_EIP_POOL,)
    _sound(config.conf, OBJECT, corrected)
    for override in config.overrides:
        if override.conf is not None:
            _sound(override.conf, f"configmap/kube-system/{override.config_map}", ())


def _sound(conf: EniConf, obj: str, corrected: Iterable[str]) -> None:
    name = obj.rpartition("/")[2]
    edit = f"kubectl -n kube-system edit configmap {name}"
    if conf.enable_eip_migrate.state is FlagState.ON:
        raise Refused(
            Code.MIGRATION_FLAG,
            f"enable_eip_migrate is on in ConfigMap {name}: Terway hands its EIPs over and gives no new ones",
            hint=f"finish the migration, then remove the flag: {edit}",
            obj=obj,
        )
    expected = (
        (ENABLE_EIP_POOL, conf.enable_eip_pool, f"the text {ON}"),
        (ALLOW_EIP_ROB, conf.allow_eip_rob, f"the text {ON} or none"),
        (eni_conf.ENABLE_EIP_MIGRATE, conf.enable_eip_migrate, "true or false without quotes"),
    )
    for key, flag, wanted in expected:
        if flag.state is FlagState.WRONG_TYPE and key not in corrected:
            raise Refused(
                Code.FLAG_TYPE,
                f"{key} is {flag.raw} in ConfigMap {name}, expected {wanted}: Terway can't start with it",
                hint=f"correct it with: {edit}",
                obj=obj,
            )


def _unrecorded(config: EniConfig) -> tuple[str, ...]:
    if config.record is not None:
        return ()
    return (
        f"{ENABLE_EIP_POOL} was set by someone else, so it is unknown whether Terway has read it; see --force-restart",
    )


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


def _record(old: Record | None, flags: dict[str, Flag], lacking: Iterable[str], after: str) -> Record:
    """The old record and what is new; a key that the old one names keeps what it says."""
    known = old.keys if old else ()
    new = [key for key in lacking if key not in known]
    absent = tuple(key for key in new if flags[key].state is FlagState.ABSENT)
    replaced = {key: flags[key].raw for key in new if key not in absent}
    return Record(digest(after), (*(old.added if old else ()), *absent), {**(old.previous if old else {}), **replaced})


def _undo(text: str, key: str, previous: str | None) -> str:
    value = json.loads(previous) if previous is not None else None
    return eni_conf.set_flags(text, {key: value}) if isinstance(value, str) else eni_conf.remove_flags(text, [key])


def _set_by_hand(config: EniConfig) -> tuple[str, ...]:
    if config.conf.enable_eip_pool.state is not FlagState.ON:
        return ()
    return (f"{ENABLE_EIP_POOL} was not set by eipctl and stays; remove it with: {EDIT}",)


def _write(config: EniConfig, after: str, record: str | None, reason: str) -> WriteEniConfig:
    return WriteEniConfig(
        before=config.text, after=after, resource_version=config.resource_version, record=record, reason=reason
    )
