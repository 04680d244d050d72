"""Terway in this cluster: its Pods, and its configuration with the overrides of nodes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, UsageError
from eipctl.base.text import first_few
from eipctl.domain.ram import policy_edits
from eipctl.domain.terway import eni_conf
from eipctl.domain.terway.installation import (
    APPS,
    EDITS_ANNOTATION,
    RECORD_ANNOTATION,
    EniConfig,
    Override,
    TerwayPod,
    parse_record,
    terway_pod,
)
from eipctl.observe.cluster import ENI_CONFIG, KEY, NAMESPACE

if TYPE_CHECKING:
    from eipctl.domain.facts import ConfigMap
    from eipctl.engine.session import Session
    from eipctl.observe.snapshot import Snapshot

SELECTOR = f"app in ({','.join(APPS)})"
OVERRIDE_LABEL = "terway-config"
OBJECT = f"configmap/{NAMESPACE}/{ENI_CONFIG}"


def terway_pods(look: Snapshot | Session) -> tuple[TerwayPod, ...]:
    """Terway's Pods that are on a node. Failed when the list can't be read in full."""
    listing = look.kube.pods(NAMESPACE, label_selector=SELECTOR)
    if not listing.complete:
        raise Failed(Code.PARTIAL_READ, f"Terway's Pods could not be read in full: {listing.why}", hint="run it again")
    told = look.terway_version
    return tuple(terway_pod(pod, told) for pod in listing.pods if pod.node and not pod.finished)


def silent_nodes(look: Snapshot) -> frozenset[str]:
    """Nodes whose kubelet has stopped reporting."""
    return frozenset(node.name for node in look.nodes.values() if node.silent)


def read_eni_config(look: Snapshot) -> EniConfig:
    """eni-config with the overrides of nodes. UsageError when it is missing, or one of them is malformed."""
    config = tolerant_eni_config(look)
    for override in config.overrides:
        if override.malformed:
            raise UsageError(
                Code.ENI_CONF_MALFORMED,
                f"ConfigMap {override.config_map} of {first_few(override.nodes)}: {override.malformed}",
                hint=f"correct it with: kubectl -n {NAMESPACE} edit configmap {override.config_map}",
                obj=f"configmap/{NAMESPACE}/{override.config_map}",
            )
    return config


def tolerant_eni_config(look: Snapshot) -> EniConfig:
    """The same for what concerns other nodes too: an override that is malformed says so itself."""
    found = config_map(look)
    text, noted = found.data[KEY], found.annotations.get(RECORD_ANNOTATION, "")
    eni_conf.read(text)
    record = parse_record(noted)
    return EniConfig(
        text=text,
        resource_version=found.resource_version,
        record=record,
        edits=policy_edits.parse(found.annotations.get(EDITS_ANNOTATION, "")),
        overrides=_overrides(look, text),
        written=found.written.get(KEY),
        immutable=found.immutable,
        damaged_record=bool(noted) and record is None,
    )


def config_map(look: Snapshot | Session) -> ConfigMap:
    found = look.kube.config_map(NAMESPACE, ENI_CONFIG)
    if found is None or KEY not in found.data:
        what = "there is no ConfigMap eni-config" if found is None else "ConfigMap eni-config has no key eni_conf"
        raise UsageError(
            Code.ENI_CONFIG_MISSING,
            f"{what} in namespace {NAMESPACE}: this cluster does not run Terway, or it is broken",
            hint=f"see: kubectl -n {NAMESPACE} get configmaps,daemonsets",
            obj=OBJECT,
        )
    return found


def _overrides(look: Snapshot, text: str) -> tuple[Override, ...]:
    named: dict[str, list[str]] = defaultdict(list)
    for node in look.nodes.values():
        if node.labels.get(OVERRIDE_LABEL):
            named[node.labels[OVERRIDE_LABEL]].append(node.name)
    return tuple(_override(look, text, name, tuple(sorted(names))) for name, names in sorted(named.items()))


def _override(look: Snapshot, text: str, name: str, nodes: tuple[str, ...]) -> Override:
    found = look.kube.config_map(NAMESPACE, name)
    if found is None or KEY not in found.data:
        return Override(name, nodes, exists=False)
    own = found.data[KEY]
    if not own:
        return Override(name, nodes)
    written = found.written.get(KEY)
    when = written.when if written else None
    if own.strip() == "null":
        return Override(name, nodes, own, changed=when, malformed="null can't be merged over eni-config")
    try:
        return Override(name, nodes, own, eni_conf.credentials_under(text, own), when)
    except UsageError as error:
        return Override(name, nodes, own, changed=when, malformed=error.message)
