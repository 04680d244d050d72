"""Terway's Pod on a node: what it reads when it starts, and whose rights it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.cloud import ROOT, CloudRefusal, Principal
from eipctl.sandbox.faults import TERWAY
from eipctl.sandbox.http import Call
from eipctl.sandbox.world import terway_config as config
from eipctl.sandbox.world.meta import Obj, annotations_of, labels_of
from eipctl.sandbox.world.rows import Daemon

if TYPE_CHECKING:
    from eipctl.sandbox.faults import Rule
    from eipctl.sandbox.world.context import Context

NAMESPACE = "kube-system"
CONFIG_MAP = "eni-config"
KEY = "eni_conf"
FIRST_RESERVATION = (1, 1, 0, 0)
MANAGED_ROLE = "AliyunCSManagedNetworkRole"
COLLECT_SECONDS = 300.0
EXCLUSIVE = "k8s.aliyun.com/exclusive-mode-eni-type"
RESERVATION = "k8s.aliyun.com/pod-ip-reservation"
POD_ENI = "k8s.aliyun.com/pod-eni"
_APPS = tuple(f"{app}{system}" for app in ("terway-eniip", "terway-eni", "terway") for system in ("", "-windows"))
_MODES = ("ENIMultiIP", "ENIOnly", "VPC")
TOKEN_SECRET, TOKEN_KEY = "addon.network.token", "addon.token.config"
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
TRUE = ("1", "t", "T", "TRUE", "true", "True")
"""What strconv.ParseBool takes for true."""


def is_terway(pod: Obj) -> bool:
    """Whether this is Terway's own Pod."""
    return pod["metadata"].get("namespace") == NAMESPACE and labels_of(pod).get("app") in _APPS


class Killed(Exception):
    """The daemon has died in the midst of its work."""


def start(ctx: Context, pod: Obj, node: Obj, restarts: int) -> Daemon:
    """What the daemon is after its start; terway_config.Unusable when it can't start."""
    version = config.version_of(_main(pod).get("image", ""))
    mode = _mode(pod)
    if mode not in _MODES:
        raise config.Unusable("unsupport daemon mode")
    override, warning = _override(ctx, node)
    settings = config.read(_demanded(ctx, CONFIG_MAP), override, version)
    key_id, role = _identity(ctx, settings, node)
    return Daemon(
        pod_uid=pod["metadata"]["uid"],
        run=f"{pod['metadata']['uid']}/{restarts}",
        collects_at=ctx.clock.after(COLLECT_SECONDS),
        version=version,
        manages_eips=_manages(settings, version, mode),
        mode=mode,
        trunk=settings.enable_eni_trunking and mode == "ENIMultiIP",
        robs=settings.allow_eip_rob,
        stateful_kinds=settings.stateful_kinds,
        tags=settings.tags,
        key_id=key_id,
        role=role,
        warning=warning,
        reclaim_seconds=_seconds(settings.reclaim_after),
    )


def _seconds(duration: str) -> float:
    """A Go duration like ``1h30m``."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(h|ms|m|s)", duration))


def _manages(settings: config.Config, version: tuple[int, ...], mode: str) -> bool:
    wanted = settings.enable_eip_pool and not settings.enable_eip_migrate
    able = mode == "ENIMultiIP" or (mode == "ENIOnly" and not settings.enable_eni_trunking)
    return config.has_eip_code(version) and able and wanted


def gives_own_eni(daemon: Daemon, pod: Obj, node: Obj) -> bool:
    """Whether the Pod gets an ENI of its own: on exclusive nodes every Pod, on trunk nodes those that ask for one."""
    if daemon.mode == "ENIOnly" or labels_of(node).get(EXCLUSIVE) == "eniOnly":
        return True
    return daemon.trunk and annotations_of(pod).get(POD_ENI) in TRUE


def _main(pod: Obj) -> Obj:
    containers: list[Obj] = pod["spec"]["containers"]
    return next((container for container in containers if container["name"] == "terway"), containers[0])


def _mode(pod: Obj) -> str:
    """The last -daemon-mode of its command line, as Go's flags have it; VPC without one.

    On Windows entrypoint.ps1 makes it from the variable BACKEND_TYPE.
    """
    main = _main(pod)
    env = {each["name"]: each.get("value", "") for each in main.get("env") or ()}
    words = [_expanded(word, env) for key in ("command", "args") for word in main.get(key) or ()]
    words = [part for word in words for part in word.split()]
    mode: str = env.get("BACKEND_TYPE", "VPC")
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, _, value = word.lstrip("-").partition("=")
        if name == "daemon-mode" and word.startswith("-"):
            mode = value or following
    return mode


def _expanded(word: str, env: dict[str, str]) -> str:
    """``$(NAME)`` is a variable's value, if it has one."""
    return re.sub(r"\$\(([^()]+)\)", lambda found: env.get(found[1], found[0]), word)


def _eni_conf(ctx: Context, name: str) -> str | None:
    config_map = ctx.objects.get("configmaps", NAMESPACE, name) or {}
    text: str | None = (config_map.get("data") or {}).get(KEY)
    return text


def _demanded(ctx: Context, name: str) -> str:
    text = _eni_conf(ctx, name)
    if text is None:
        raise config.Unusable(f"failed to get {KEY} of ConfigMap {NAMESPACE}/{name}")
    return text


def _override(ctx: Context, node: Obj) -> tuple[str, str]:
    """(the node's own configuration, a warning): a label that leads nowhere means the default configuration."""
    name = labels_of(node).get("terway-config", "")
    text = _eni_conf(ctx, name) if name else ""
    if text is None:
        why = f'configmaps "{name}" not found or without {KEY}'
        return "", f"get dynamic config error: {why}. fallback to default config"
    return text, ""


def _identity(ctx: Context, settings: config.Config, node: Obj) -> tuple[str, str]:
    """(AccessKey id, role): the key in eni_conf, else the addon's role, else the one of the node's instance."""
    if settings.access_key and settings.access_secret:
        key = ctx.cloud.state.keys.get(settings.access_key)
        if key is None or key.secret != settings.access_secret:
            raise config.Unusable("error create aliyun client: InvalidAccessKeyId.NotFound")
        return settings.access_key, ""
    if settings.credential_path or labels_of(node).get("kubernetes.io/os") == "windows":
        token = ctx.objects.get("secrets", NAMESPACE, TOKEN_SECRET) or {}
        if TOKEN_KEY not in (token.get("data") or {}):
            path = settings.credential_path
            raise config.Unusable(f"failed to read config {path}, err: stat {path}: no such file or directory")
        return "", MANAGED_ROLE
    instance = ctx.cloud.state.instances.get(instance_of(node))
    return "", instance.role if instance else ""


def keeps(daemon: Daemon, pod: Obj) -> bool:
    """Whether the Pod's IP and EIP outlive it for a while (Terway v1.6.4 daemon/k8s.go); any owner counts."""
    kinds = {owner.get("kind", "").lower() for owner in pod["metadata"].get("ownerReferences") or ()}
    reserved = daemon.version >= FIRST_RESERVATION and annotations_of(pod).get(RESERVATION) in TRUE
    return reserved or bool(kinds & {*daemon.stateful_kinds})


def instance_of(node: Obj) -> str:
    """The ECS instance behind a node, from spec.providerID ``<region>.<instance>``."""
    provider: str = node["spec"].get("providerID", "")
    return provider.rpartition(".")[2]


def call(ctx: Context, daemon: Daemon, product: str, action: str, params: dict[str, str]) -> dict[str, Any]:
    """One API call with the daemon's rights; CloudRefusal when it is refused or its answer is lost."""
    about = params.get("AllocationId", "")
    spoilt = ctx.faults.pick(TERWAY, action, about)
    _spoil(spoilt, before=True)
    status, code = 200, ""
    try:
        region = {"RegionId": ctx.cloud.state.region}
        reply = ctx.cloud.call(_principal(ctx, daemon), product, action, {**region, **params})
    except CloudRefusal as refusal:
        status, code = refusal.status, refusal.code
        raise
    finally:
        ctx.calls.add(Call(ctx.clock.now(), TERWAY, action, about, status, code, 0.0, ""))
    _spoil(spoilt, before=False)
    return reply


def _spoil(rules: list[Rule], *, before: bool) -> None:
    for rule in rules:
        if rule.do == "kill" and (rule.when == "before") == before:
            raise Killed
        if rule.do == ("error" if before else "after"):
            raise CloudRefusal(rule.code, rule.message, rule.status)
        if rule.do == ("reset" if before else "lose"):
            raise CloudRefusal("ClientTimeout", "Client.Timeout exceeded while awaiting headers", 0)


def _principal(ctx: Context, daemon: Daemon) -> Principal:
    if not daemon.key_id:
        return ctx.cloud.role_principal(daemon.role)
    user = ctx.cloud.state.keys[daemon.key_id].user
    return ROOT if user == "root" else Principal("user", user)
