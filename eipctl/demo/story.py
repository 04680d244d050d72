"""The story that `eipctl demo` tells, in two acts. A step that does not end as told ends it with exit code 1."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from eipctl.demo.stage import DemoStage, NotAsTold, example, expect, stage, until
from eipctl.output.console import Style, plain

if TYPE_CHECKING:
    from eipctl.output.console import Console

DEPLOYMENT = "nginx-deployment-basic"
WORKLOAD = f"deployment/{DEPLOYMENT}"
SPEED = "10"


def tell(console: Console) -> int:
    """Both acts; 0, or 1 when something was not as told."""
    began = time.monotonic()
    with stage(console) as on:
        try:
            _documentations_way(on)
            _since_terway_1_7(on)
        except NotAsTold as error:
            console.complain((("not as told: ", Style.BAD), (str(error), Style.PLAIN)))
            return 1
    console.answer_lines(
        [plain(""), ((f"Done in {time.monotonic() - began:.0f} s; nothing is left running.", Style.GOOD),)]
    )
    return 0


def _documentations_way(on: DemoStage) -> None:
    on.title("Act one: the documentation's way. Terway v1.6.3 gives Pods EIPs itself, if three things are right")
    on.tell("An Alibaba Cloud and an ACK cluster on this machine, ten times as fast as real ones")
    on.eipctl("sandbox", "up", "--seed", "legacy", "--speed", SPEED)
    cluster = on.enter()
    on.tell("The documentation's Deployment, without annotations yet")
    on.apply(cluster, example(f"{DEPLOYMENT}.yaml"))
    until(cluster, 2, "the Deployment's Pods")
    on.tell("What is missing?")
    on.eipctl("check")
    levels = {finding["code"]: finding["level"] for finding in on.data("check")["findings"]}
    expect("error" in levels.values() or "warning" in levels.values(), "check found nothing missing")
    on.tell("All three steps as one plan: RAM policy, eni-config, Terway's Pods one by one")
    on.eipctl("setup", "--yes")
    expect(on.data("setup", "--dry-run")["actions"] == [], "a second setup has something to do")
    on.tell("Ask for an EIP for each Pod; the Pods restart and Terway does the rest")
    on.eipctl("annotate", WORKLOAD, "--eip", "--bandwidth", "5", "--yes")
    until(cluster, 2, "the annotated Pods")
    on.eipctl("status")
    pods = on.data("status")["pods"]
    told = [(pod["state"], pod["managed_by"]) for pod in pods]
    expect(told == [("Bound", "terway")] * 2, f"Terway should have bound two EIPs, but: {told}")
    on.tell("Turning it off now would leak both EIPs, so it is refused")
    on.eipctl("teardown", "--yes", code=5)
    on.tell("First the annotations go, and Terway releases its EIPs with the old Pods")
    on.eipctl("annotate", WORKLOAD, "--remove", "--yes")
    until(cluster, 2, "the Pods without EIP")
    on.until_eips(0)
    on.tell("Then everything that setup did is taken back")
    on.eipctl("teardown", "--yes")


def _since_terway_1_7(on: DemoStage) -> None:
    on.title("Act two: since v1.7.0 Terway no longer has EIP support, and eipctl binds EIPs itself")
    on.eipctl("sandbox", "seed", "modern")
    cluster = on.enter()
    on.apply(cluster, example(f"{DEPLOYMENT}.yaml"))
    until(cluster, 2, "the Deployment's Pods")
    on.tell("setup says why it is of no use here (exit code 5 is expected)")
    on.eipctl("setup", "--yes", code=5)
    on.eipctl("annotate", WORKLOAD, "--eip", "--yes")
    until(cluster, 2, "the annotated Pods")
    _crash_and_recovery(on)
    on.tell("A Pod is deleted; its successor gets an EIP, and the old one is released at once")
    pods = until(cluster, 2, "both Pods")
    on.delete_pod(cluster, pods[0]["metadata"]["name"])
    until(cluster, 2, "the successor")
    on.eipctl("bind", "-A", "--prune", "--grace", "0s", "--yes")
    _all_is_well(on)


def _crash_and_recovery(on: DemoStage) -> None:
    on.tell("bind is killed after it has bought an EIP and before it has bound it")
    on.killed("bind", "-A", "--yes", at="AssociateEipAddress")
    expect(on.eips() >= 1, "nothing had been bought before the kill")
    on.tell("Nothing is lost: the EIP's tags say whose it is, and the next run goes on")
    on.eipctl("bind", "-A", "--yes")
    _all_is_well(on)
    on.tell("Once nothing has changed there is nothing to do")
    on.eipctl("bind", "-A", "--yes")
    expect(on.data("bind", "-A", "--dry-run")["actions"] == [], "bind has something to do again")


def _all_is_well(on: DemoStage) -> None:
    """Two Pods, two EIPs, no orphan: in eipctl's eyes and in the cloud's."""
    on.eipctl("status")
    found = on.data("status")
    told = [(pod["state"], pod["managed_by"]) for pod in found["pods"]]
    expect(told == [("Bound", "eipctl")] * 2, f"two Pods should be bound by eipctl, but: {told}")
    expect(found["orphans"] == [], "there are orphans")
    on.until_eips(2)
