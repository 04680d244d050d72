"""Kubeconfigs that are wrong, and clusters that can't be reached with them."""

from __future__ import annotations

from tests.contract.bad_input.world import BIND, Case, World, dead_port


def missing(_world: World, environ: dict[str, str]) -> None:
    del environ["KUBECONFIG"]


def unreachable(world: World, environ: dict[str, str]) -> None:
    world.edited_kubeconfig(environ, world.sandbox.kube_url, f"https://127.0.0.1:{dead_port()}")


def broken(world: World, environ: dict[str, str]) -> None:
    world.kubeconfig(environ, "clusters: [")


def wrong_token(world: World, environ: dict[str, str]) -> None:
    world.edited_kubeconfig(environ, world.sandbox.record.kube_token, "nobodys-token")


CASES = (
    Case("no kubeconfig", BIND, 2, "there is no kubeconfig", "--kubeconfig", missing),
    Case("no kubeconfig, status", ("status",), 2, "there is no kubeconfig", "--kubeconfig", missing),
    Case("kubeconfig that is not there", (*BIND, "--kubeconfig", "nowhere"), 2, "nowhere", "--kubeconfig"),
    Case("broken kubeconfig", BIND, 2, "is not YAML", "kubectl config view", broken),
    Case("unreachable cluster", BIND, 1, "can't be reached", "readyz", unreachable),
    Case("wrong context", (*BIND, "--context", "prod"), 2, "'prod'", "eipctl-sandbox"),
    Case("wrong token", BIND, 1, "doesn't accept the credentials", "auth whoami", wrong_token),
)
