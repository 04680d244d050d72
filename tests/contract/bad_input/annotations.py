"""Settings of EIPs that are wrong: on the command line of `annotate`, and on Pods, where any tenant may write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain.settings import K8S, NETWORK
from tests.contract.bad_input.world import Case, World

if TYPE_CHECKING:
    from collections.abc import Mapping

WEB = ("annotate", "deployment/web", "--eip", "--yes")
CONTAINERS = {"containers": [{"name": "web", "image": "nginx"}]}
HUGE = 256 * 1024 - 200


def web(world: World, _environ: dict[str, str]) -> None:
    """A Deployment to annotate."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": CONTAINERS}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    meta = {"name": "web", "namespace": "default"}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
    world.sandbox.objects.create("deployments", manifest)


def refused(name: str, option: str, value: str, says: str) -> Case:
    """A value that no EIP can have: a lint says so, and can be lifted."""
    return Case(name, (*WEB, f"{option}={value}"), 5, says, "correct the value", web)


CASES = (
    refused("no bandwidth", "--bandwidth", "0", "'0', expected a whole number"),
    refused("negative bandwidth", "--bandwidth", "-5", "'-5', expected a whole number"),
    refused("too much bandwidth", "--bandwidth", "501", "from 1 to 200"),
    refused("bandwidth in words", "--bandwidth", "fast", "'fast', expected a whole number"),
    refused("bandwidth in other digits", "--bandwidth", "٥", "'٥', expected a whole number"),
    refused("bandwidth of 5,000 digits", "--bandwidth", "9" * 5000, "99…', expected a whole number"),
    refused("EIP that is none", "--instance-id", "web", "pod-eip-instanceid is 'web'"),
    refused("unknown charge type", "--charge-type", "Free", "expected PayByTraffic or PayByBandwidth"),
    refused("unknown strategy", "--release-strategy", "Perhaps", "'Perhaps', expected Follow"),
    refused("strategy of ages", "--release-strategy", f"{'9' * 400}h", "99…', expected Follow"),
    Case(
        "settings with remove", (*WEB, "--remove"), 2, "--remove can't be combined with settings", "remove first", web
    ),
    Case(
        "unknown lint",
        (*WEB, "--force", "EIP999"),
        2,
        "EIP999 is not a lint that --force can override",
        "one of EIP4",
        web,
    ),
    Case("name without a kind", ("annotate", "/web", "--eip", "--yes"), 2, "'/web' is not KIND/NAME", "deployment/web"),
    Case("kind without a name", ("annotate", "deployment/", "--eip", "--yes"), 2, "is not KIND/NAME", "deployment/web"),
    Case(
        "list of files",
        ("annotate", "--list", "-f", "web.yaml"),
        2,
        "--list shows annotations in a cluster",
        "omit one",
    ),
    Case("list and in place", ("annotate", "--list", "--in-place"), 2, "--list changes nothing", "omit one"),
    Case("list and out", ("annotate", "--list", "--out", "plan.json"), 2, "--list changes nothing", "omit one"),
    Case(
        "kind apart, unknown name", ("annotate", "deployment", "web", "--eip", "--yes"), 1, "no Deployment 'web'", "get"
    ),
    Case("markup in a name", ("annotate", "deployment/[/web]", "--eip", "--yes"), 2, "is not KIND/NAME", "like"),
    Case("selector without a match", ("annotate", "deployment", "-l", "a=b", "--eip", "--yes"), 1, "'a=b'", "labels"),
)


@dataclass(frozen=True)
class Ask:
    """A Pod whose annotations ask for something impossible; why it is left alone."""

    name: str
    annotations: Mapping[str, str]
    code: str
    says: str

    def manifest(self) -> dict[str, Any]:
        """The Pod."""
        meta = {"name": self.name, "namespace": "default", "annotations": dict(self.annotations)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": CONTAINERS}


def ask(name: str, setting: str, value: str, says: str, prefix: str = K8S) -> Ask:
    """One wrong setting besides the one that asks."""
    return Ask(name, {f"{prefix}pod-with-eip": "true", f"{prefix}{setting}": value}, "EIP408", says)


def asks(name: str, setting: str, value: str, says: str) -> tuple[Ask, Ask]:
    """The same with either prefix."""
    return ask(name, setting, value, says), ask(f"{name}-of-network", setting, value, says, NETWORK)


GOOD = Ask("good", {f"{K8S}pod-with-eip": "true"}, "", "")

ASKS = (
    Ask("flag", {f"{K8S}pod-with-eip": "yes"}, "EIP408", "'yes', expected true or false"),
    Ask("flag-of-network", {f"{NETWORK}pod-with-eip": "on"}, "EIP408", "'on', expected true or false"),
    Ask("conflict", {f"{K8S}pod-with-eip": "true", f"{NETWORK}pod-with-eip": "false"}, "EIP501", "says 'false'"),
    Ask("id", {f"{K8S}pod-eip-instanceid": "eip-BAD"}, "EIP408", "an allocation ID such as"),
    Ask("id-of-nobody", {f"{K8S}pod-eip-instanceid": "eip-bp1nobody"}, "EIP502", "no EIP eip-bp1nobody"),
    *asks("bandwidth", "eip-bandwidth", "fast", "'fast', expected a whole number"),
    *asks("charge", "eip-internet-charge-type", "Free", "PayByTraffic or PayByBandwidth"),
    *asks("prepaid", "eip-instance-charge-type", "PrePaid", "expected PostPaid"),
    *asks("security", "eip-security-protection-types", "a,b", "at most one kind"),
    *asks("strategy", "pod-eip-release-strategy", "Perhaps", "Follow, Never or a duration"),
    *asks("tags", "eip-tags", "{", "a JSON object of strings"),
    ask("bandwidth-none", "eip-bandwidth", "0", "from 1 to 200"),
    ask("bandwidth-digits", "eip-bandwidth", "²", "a whole number"),
    ask("bandwidth-huge", "eip-bandwidth", "9" * HUGE, "99…', expected a whole number"),
    ask("bandwidth-escape", "eip-bandwidth", "5\x1b[31m", r"'5\x1b[31m'"),
    ask("bandwidth-lines", "eip-bandwidth", "5\nerror[EIP000]: x", r"'5\nerror[EIP000]: x'"),
    ask("isp-escape", "eip-isp", "\x1b[2J", "without control characters"),
    ask("strategy-huge", "pod-eip-release-strategy", f"{'9' * 400}h", "a duration"),
    ask("strategy-negative", "pod-eip-release-strategy", "-5m", "a duration"),
    ask("tags-number", "eip-tags", '{"a":1}', "a JSON object of strings"),
    ask("tags-list", "eip-tags", "[]", "a JSON object of strings"),
    ask("tags-deep", "eip-tags", "[" * HUGE, "a JSON object of strings"),
    ask("tags-own", "eip-tags", '{"eipctl-pod":"p-web"}', "starting with eipctl-"),
    ask("tags-empty", "eip-tags", '{"":"a"}', "keys and values of 1 to 128"),
    ask("tags-zero", "eip-tags", '{"a":"\\u0000"}', "keys and values of 1 to 128"),
    ask("tags-half", "eip-tags", '{"a":"\\ud800"}', "keys and values of 1 to 128"),
    ask("tags-aliyun", "eip-tags", '{"aliyun-a":"b"}', "don't start with aliyun"),
    ask("tags-many", "eip-tags", "{" + ",".join(f'"{n}":"a"' for n in range(11)) + "}", "at most 10 tags"),
)
