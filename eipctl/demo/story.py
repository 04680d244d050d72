"""The story of `eipctl demo`, in two acts. A sentence that turns out not to be true ends it with exit code 1."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.demo import proofs
from eipctl.demo.stage import DemoCluster, DemoStage, NotAsTold, example, expect, stage, until
from eipctl.demo.truth import look
from eipctl.output.console import Style, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.demo.truth import Truth
    from eipctl.output.console import Console

DEPLOYMENT = "nginx-deployment-basic"
WORKLOAD = f"deployment/{DEPLOYMENT}"
SPEED = "10"


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence, what is done to show it, and whether it is true of what the simulation itself knows."""

    sentence: str
    play: Callable[[DemoStage, DemoCluster], None]
    proof: Callable[[Truth, Truth], str]


def tell(console: Console) -> int:
    """Both acts; 0, or 1 if a sentence was not true."""
    began = time.monotonic()
    with stage(console) as on:
        try:
            act(on, FIRST, SCENES_WITH_TERWAY, "sandbox", "up", "--seed", "legacy", "--speed", SPEED)
            act(on, SECOND, SCENES_WITH_BIND, "sandbox", "seed", "modern")
        except NotAsTold as error:
            console.complain((("not as told: ", Style.BAD), (str(error), Style.PLAIN)))
            return 1
    console.answer_lines(
        [plain(""), ((f"Done in {time.monotonic() - began:.0f} s; nothing is left running.", Style.GOOD),)]
    )
    return 0


def act(on: DemoStage, title: str, scenes: tuple[Scene, ...], *begin: str) -> None:
    """Begin with a command of the sandbox, then play the scenes; NotAsTold at the first that is not true."""
    on.title(title)
    on.eipctl(*begin)
    cluster = on.enter()
    client = on.client()
    for scene in scenes:
        on.tell(scene.sentence)
        client.clear_calls()
        before = look(client, cluster, "", 0)
        scene.play(on, cluster)
        why = scene.proof(before, look(client, cluster, on.answer, on.code))
        expect(not why, f"{scene.sentence}: {why}")


def _deploy(on: DemoStage, cluster: DemoCluster) -> None:
    on.apply(cluster, example(f"{DEPLOYMENT}.yaml"))
    until(cluster, 2, "the Deployment's Pods")


def _run(*words: str, code: int = 0) -> Callable[[DemoStage, DemoCluster], None]:
    def play(on: DemoStage, _cluster: DemoCluster) -> None:
        on.eipctl(*words, code=code)

    return play


def _ask_terway(on: DemoStage, cluster: DemoCluster) -> None:
    on.eipctl("annotate", WORKLOAD, "--eip", "--bandwidth", "5", "--yes")
    until(cluster, 2, "the annotated Pods")
    on.eipctl("status")


def _ask_no_more(on: DemoStage, cluster: DemoCluster) -> None:
    on.eipctl("annotate", WORKLOAD, "--remove", "--yes")
    until(cluster, 2, "the Pods without EIP")
    on.until_eips(0)


def _ask_bind(on: DemoStage, cluster: DemoCluster) -> None:
    on.eipctl("annotate", WORKLOAD, "--eip", "--yes")
    until(cluster, 2, "the annotated Pods")


def _kill(on: DemoStage, _cluster: DemoCluster) -> None:
    on.killed("bind", "-A", "--yes", at="AssociateEipAddress")


def _bind_and_show(on: DemoStage, _cluster: DemoCluster) -> None:
    on.eipctl("bind", "-A", "--yes")
    on.eipctl("status")


def _replace_a_pod(on: DemoStage, cluster: DemoCluster) -> None:
    pods = until(cluster, 2, "both Pods")
    on.delete_pod(cluster, pods[0]["metadata"]["name"])
    until(cluster, 2, "the successor")
    _bind_and_show(on, cluster)


def _delete_all(on: DemoStage, cluster: DemoCluster) -> None:
    on.delete_deployment(cluster, DEPLOYMENT)
    on.eipctl("bind", "-A", "--prune", "--grace", "0s", "--yes")
    on.until_eips(0)
    on.eipctl("status")


FIRST = "Act one: the documentation's way. Terway v1.6.3 gives Pods EIPs itself, once it is set up"
SCENES_WITH_TERWAY = (
    Scene("The documentation's Deployment: two Pods without annotations, and no EIP", _deploy, proofs.asks_for_nothing),
    Scene(
        "What is missing? A flag in eni-config, and rights of Terway's role",
        _run("check"),
        proofs.two_things_are_missing,
    ),
    Scene(
        "All three steps as one plan: RAM policy, eni-config, and Terway's Pods one after the other",
        _run("setup", "--yes"),
        proofs.three_steps_are_done,
    ),
    Scene(
        "The Deployment asks for EIPs; its Pods restart, and Terway gives each an EIP",
        _ask_terway,
        proofs.terway_gives_each_pod_an_eip,
    ),
    Scene(
        "Turning it off now would leak both EIPs, so teardown is refused (exit code 5 is expected)",
        _run("teardown", "--yes", code=5),
        proofs.is_refused_and_nothing_changed,
    ),
    Scene(
        "Without the annotations, Terway releases its EIPs together with the old Pods",
        _ask_no_more,
        proofs.terway_released_them,
    ),
    Scene("Now teardown takes back everything that setup did", _run("teardown", "--yes"), proofs.setup_is_taken_back),
)
SECOND = "Act two: from v1.7.0 on, Terway has no EIP support. eipctl binds EIPs itself"
SCENES_WITH_BIND = (
    Scene("The same Deployment on a cluster of today", _deploy, proofs.asks_for_nothing),
    Scene(
        "setup is refused here and says why (exit code 5 is expected)",
        _run("setup", "--yes", code=5),
        proofs.is_refused_and_nothing_changed,
    ),
    Scene("The Deployment asks for EIPs, and its Pods wait for them", _ask_bind, proofs.pods_wait),
    Scene(
        "bind is killed after it has allocated an EIP and before it associates it", _kill, proofs.was_killed_in_between
    ),
    Scene(
        "Nothing is lost: the EIP's tags name its Pod, and the next run goes on",
        _bind_and_show,
        proofs.goes_on_with_what_is_there,
    ),
    Scene("When nothing has changed, there is nothing to do", _run("bind", "-A", "--yes"), proofs.nothing_is_done),
    Scene(
        "A Pod is deleted: its successor takes over the address, and no EIP is allocated or released",
        _replace_a_pod,
        proofs.successor_takes_over,
    ),
    Scene(
        "The Deployment is deleted: with --prune and no grace period, both EIPs are released at once",
        _delete_all,
        proofs.both_are_released,
    ),
)
