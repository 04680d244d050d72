"""What each Terway Pod read when it started: it reads eni_conf only then, and works with that until it is gone.

Evidence of when eni_conf was changed, the first that there is:

evidence                                                  it was changed
--------------------------------------------------------  ----------------------------------------------
setup's record, and nobody else has written since         when the record says
managedFields of eni_conf                                 when its last writer wrote
none                                                      at a time that is not known

A Pod that was made after that has read what eni_conf says now. Of any other it is not known whether it works in
Terway's EIP mode, so it counts as one that may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.terway.eni_conf import ENABLE_EIP_POOL, FlagState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from eipctl.domain.terway.installation import EniConfig, Override, TerwayPod


def changed(config: EniConfig, node: str = "") -> datetime | None:
    """When what Terway reads on a node was changed last; None when no evidence says it, or it can't be read."""
    record, written, override = config.record, config.written, _override(config, node)
    if override and override.malformed:
        return None
    if record is not None and not config.edited_since and (written is None or written.by_eipctl):
        moment = record.written
    else:
        moment = written.when if written else None
    own = override.changed if override else None
    return max(moment, own) if moment and own else moment


def _override(config: EniConfig, node: str) -> Override | None:
    return next((override for override in config.overrides if node in override.nodes), None)


def flag_on(pod: TerwayPod, config: EniConfig) -> bool:
    """Whether the EIP mode is what this Pod would read now, with its node's override."""
    override = _override(config, pod.node)
    confs = [config.conf, *((override.conf,) if override and override.conf else ())]
    states = [(conf.any_case_pool if pod.any_case else conf.enable_eip_pool).state for conf in confs]
    told = [state for state in states if state is not FlagState.ABSENT]
    return bool(told) and told[-1] is FlagState.ON


def has_read(pod: TerwayPod, config: EniConfig) -> bool:
    """Whether it has read what eni_conf says now."""
    moment = changed(config, pod.node)
    return moment is not None and pod.created > moment


def works_in_eip_mode(pod: TerwayPod, config: EniConfig) -> bool:
    """Whether it has read that the mode is on: now, or when setup had switched it on, and it still is."""
    if not flag_on(pod, config):
        return False
    record = config.record
    since = record.written if record is not None and ENABLE_EIP_POOL in record.keys else None
    return has_read(pod, config) or (since is not None and pod.created > since)


def may_give_eips(pod: TerwayPod, config: EniConfig) -> bool:
    """Whether it gives Pods EIPs, may do so, or will from its next start on."""
    return pod.may_support_eip and (flag_on(pod, config) or not has_read(pod, config))


def still_on(pods: Iterable[TerwayPod], config: EniConfig) -> tuple[TerwayPod, ...]:
    """Those that may still work in the EIP mode although eni_conf no longer says so."""
    capable = (pod for pod in pods if pod.may_support_eip)
    return tuple(pod for pod in capable if not flag_on(pod, config) and not has_read(pod, config))


def not_yet_on(pods: Iterable[TerwayPod], config: EniConfig) -> tuple[TerwayPod, ...]:
    """Those that may not work in the EIP mode yet although eni_conf says so."""
    capable = (pod for pod in pods if pod.may_support_eip)
    return tuple(pod for pod in capable if flag_on(pod, config) and not works_in_eip_mode(pod, config))


def behind(pods: Iterable[TerwayPod], config: EniConfig) -> tuple[TerwayPod, ...]:
    """Both: those that have to be restarted until what eni_conf says of the mode is in force everywhere."""
    found = tuple(pods)
    return (*still_on(found, config), *not_yet_on(found, config))
