"""Which cluster this is: the identity under which EIPs are owned, and what the plan shows as its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Refused, UsageError
from eipctl.domain.facts import ClusterId
from eipctl.domain.terway import eni_conf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.observe.snapshot import Snapshot

NAMESPACE, ENI_CONFIG, KEY = "kube-system", "eni-config", "eni_conf"


def identify(look: Snapshot, override: str | None = None) -> ClusterId:
    """The ACK cluster id from eni-config (or --cluster-id) and the UID of kube-system; Refused if unreadable."""
    kube_uid = look.kube.namespace_uid(NAMESPACE)
    ack_id = override or _ack_id(look)
    if not ack_id or not kube_uid:
        missing = "eni_tags of eni-config name no ack.aliyun.com" if kube_uid else "namespace kube-system has no UID"
        raise Refused(
            Code.CLUSTER_ID,
            f"the identity of this cluster can't be read: {missing}",
            hint="name the ACK cluster ID with --cluster-id; it identifies the EIPs that eipctl allocates",
        )
    look.session.cluster = ClusterId(ack_id, kube_uid)
    return look.session.cluster


def _ack_id(look: Snapshot) -> str:
    config = look.kube.config_map(NAMESPACE, ENI_CONFIG)
    if config is None or KEY not in config.data:
        return ""
    try:
        return eni_conf.read(config.data[KEY]).cluster_id
    except UsageError as error:
        raise Refused(error.code, error.message, hint="repair it, or give --cluster-id", obj=error.object) from error


def scope(namespaces: Sequence[str] | None) -> tuple[str, str]:
    """Which Pods a plan is about."""
    return ("namespace", "all" if namespaces is None else ", ".join(namespaces))


def target(look: Snapshot, cluster: ClusterId | None = None) -> tuple[tuple[str, str], ...]:
    """What a plan shows so that clusters and accounts are not confused."""
    caller = look.identity.caller()
    cluster_id = cluster.ack_id if cluster else _readable_id(look)
    return (
        ("context", look.kube.context()),
        ("cluster", cluster_id),
        ("account", f"{caller.account_id} ({caller.arn})"),
        ("region", look.region),
        *endpoint(look),
    )


def endpoint(look: Snapshot) -> tuple[tuple[str, str], ...]:
    """Where cloud calls go if not to Alibaba Cloud: the sandbox, a gateway."""
    url = look.session.settings.endpoint_url
    return (("endpoint", url),) if url else ()


def _readable_id(look: Snapshot) -> str:
    try:
        return identify(look).ack_id
    except EipctlError:
        return "unknown"
