"""What eni_conf and the overrides of nodes say: values that stop Terway, and the flags of its EIP mode.

A missing flag is a warning: Terway works without it, and bind does not need it. One that somebody took out while Terway
still works with it is told by :func:`eipctl.planners.check.terway.restart`, and only there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.domain.terway.eni_conf import ENABLE_EIP_POOL, FLAGS, FlagState
from eipctl.domain.terway.eni_conf_types import mistyped
from eipctl.domain.terway.startup import flag_on, still_on
from eipctl.planners.check.wording import CONFIG, SETUP, TEARDOWN, edit, some

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.domain.terway.eni_conf_types import Mistyped
    from eipctl.domain.terway.installation import ConfText, EniConfig, TerwayPod

STOPS = "Terway can't start with this value; at its next start each node loses its network"


def values(pods: Sequence[TerwayPod], config: EniConfig) -> Iterator[Finding]:
    """Whether Terway can start with what is there; the flags of its EIP mode are in :func:`flags`."""
    texts = tuple(config.texts(pods))
    stopping = [finding for text in texts for finding in _stopping(text)]
    yield from stopping or (Finding(Code.ENI_CONF_MALFORMED, Level.OK, "eni-config can be read", object=CONFIG),)
    for text in texts:
        for key in text.conf.duplicates:
            detail = f"the last one counts; remove the others with: {edit(text.object)}"
            title = f"{key} appears more than once"
            yield Finding(Code.ENI_CONF_MALFORMED, Level.WARNING, title, detail, object=text.object)


def _stopping(text: ConfText) -> Iterator[Finding]:
    for one in _wrong(text):
        if one.key.lower() not in FLAGS:
            title, detail = f"{one.key} is {one.raw}, expected {one.expected}", f"{STOPS}; {_correct(text.object)}"
            yield Finding(Code.ENI_CONF_MALFORMED, Level.ERROR, title, detail, object=text.object)


def flags(pods: Sequence[TerwayPod], config: EniConfig, *, served: bool = False) -> Iterator[Finding]:
    """The flags where Terway reads them. `served`: bind gives the EIPs here, and setup would be refused."""
    yield from _pool(pods, config, served=served)
    for text in config.texts(pods):
        yield from _wrong_types(text)
        yield from _misspelt(text)
        yield from _look_alikes(text)
        if text.migrates:
            detail = f"Terway hands its EIPs over and gives no new ones; remove it with: {edit(text.object)}"
            yield Finding(Code.MIGRATION_FLAG, Level.WARNING, "enable_eip_migrate is on", detail, object=text.object)
    yield from _overrides(config)


def native(pods: Sequence[TerwayPod]) -> bool:
    """Whether any node's Terway has EIP support of its own."""
    return any(pod.supports_eip for pod in pods)


def _wrong(text: ConfText) -> tuple[Mistyped, ...]:
    return mistyped(text.text, (pod.version for pod in text.readers))


def _pool(pods: Sequence[TerwayPod], config: EniConfig, *, served: bool) -> Iterator[Finding]:
    state = config.conf.enable_eip_pool.state
    if state is FlagState.ON:
        yield _is_set(pods, config)
    elif not native(pods) or state in (FlagState.WRONG_TYPE, FlagState.MISSPELT):
        return
    elif served:
        title = f"{ENABLE_EIP_POOL} is not set, and eipctl bind gives the EIPs"
        yield Finding(Code.FLAG_NOT_SET, Level.OK, title, object=CONFIG)
    elif not still_on(pods, config):
        own = [pod.node for pod in pods if pod.supports_eip and flag_on(pod, config)]
        where = f"only {some(own)} have it, by an override" if own else "Terway gives no Pod an EIP"
        title, detail = f"{ENABLE_EIP_POOL} is not set: {where}", "setup sets it; bind works without it"
        yield Finding(Code.FLAG_NOT_SET, Level.WARNING, title, detail, SETUP, CONFIG)


def _is_set(pods: Sequence[TerwayPod], config: EniConfig) -> Finding:
    title = f"{ENABLE_EIP_POOL} is set"
    if native(pods):
        return Finding(Code.FLAG_NOT_SET, Level.OK, title, object=CONFIG)
    fix, how = taken_out(config)
    detail = f"this Terway version ignores it{how}"
    return Finding(Code.FLAG_NOT_SET, Level.INFO, title, detail, fix, CONFIG)


def taken_out(config: EniConfig) -> tuple[str, str]:
    """The command that takes the flag out, or, of one that setup did not set, what else does."""
    if config.record is not None and ENABLE_EIP_POOL in config.record.keys:
        return TEARDOWN, ""
    return "", f"; setup did not set it, so remove it with: {edit(CONFIG)}"


def _mends(text: ConfText, key: str) -> bool:
    """Whether setup corrects this key."""
    return text.object == CONFIG and key == ENABLE_EIP_POOL and native(text.readers)


def _wrong_types(text: ConfText) -> Iterator[Finding]:
    for one in _wrong(text):
        if one.key.lower() in FLAGS:
            mends, title = _mends(text, one.key), f"{one.key} is {one.raw}, expected {one.expected}"
            detail = STOPS if mends else f"{STOPS}; {_correct(text.object)}"
            yield Finding(Code.FLAG_TYPE, Level.ERROR, title, detail, SETUP if mends else "", text.object)


def _misspelt(text: ConfText) -> Iterator[Finding]:
    for key, flag in text.conf.text_flags.items() if native(text.readers) else ():
        if flag.state is FlagState.MISSPELT:
            mends, title, off = _mends(text, key), f'{key} is {flag.raw}, expected "true"', "Terway treats it as off"
            detail = off if mends else f"{off}; {_correct(text.object)}"
            yield Finding(Code.FLAG_TYPE, Level.WARNING, title, detail, SETUP if mends else "", text.object)


def _look_alikes(text: ConfText) -> Iterator[Finding]:
    if any(not pod.any_case for pod in text.readers):
        for key, known in text.conf.look_alikes:
            detail = f"keys are case-sensitive: Terway ignores it; {_correct(text.object)}"
            yield Finding(Code.FLAG_TYPE, Level.WARNING, f"{key} is not {known}", detail, object=text.object)


def _overrides(config: EniConfig) -> Iterator[Finding]:
    for override in config.overrides:
        obj, where = f"configmap/kube-system/{override.config_map}", some(override.nodes)
        if not override.exists:
            title = f"the label terway-config of {where} names {override.config_map}, which has no eni_conf"
            detail = "Terway starts there with eni-config alone, without the settings meant for these nodes"
            yield Finding(Code.NODE_OVERRIDE, Level.WARNING, title, detail, object=obj)
        flag = override.conf.enable_eip_pool if override.conf else None
        if flag is not None and flag.state not in (FlagState.ABSENT, FlagState.WRONG_TYPE):
            title = f"{where} have their own {ENABLE_EIP_POOL}: {flag.raw}"
            detail = f"it wins over eni-config there; change it with: {edit(obj)}"
            yield Finding(Code.NODE_OVERRIDE, Level.INFO, title, detail, object=obj)


def _correct(obj: str) -> str:
    return f"correct it with: {edit(obj)}"
