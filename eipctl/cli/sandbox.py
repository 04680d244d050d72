"""`eipctl sandbox`: an Alibaba Cloud and a Kubernetes API on loopback, to try everything without an account."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli import complete
from eipctl.cli.help_groups import Tree
from eipctl.cli.options import Answering, Common, takes
from eipctl.cli.sandbox_at import Directory, client_of, folder_of, scenario_at, tell, translated, words_for

if TYPE_CHECKING:
    from eipctl.sandbox.files import Record

sandbox = Tree(
    help="""
    \b
    eipctl sandbox up --seed modern
    eval "$(eipctl sandbox env)"
    eipctl sandbox down
    """
)
fault = Tree(
    help="""Inject faults into calls.

    \b
    eipctl sandbox fault add do=throttle,api=AssociateEipAddress,times=5
    eipctl sandbox fault clear
    """
)
sandbox.add_typer(fault, name="fault")


@sandbox.command("up")
@takes(Common)
def up(
    options: Common,
    directory: Directory = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port of the Kubernetes API; 0 picks a free one.")
    ] = 0,
    seed: Annotated[
        str | None,
        typer.Option(
            "--seed",
            metavar="SCENARIO",
            autocompletion=complete.scenarios,
            help="Scenario name (see `sandbox scenarios`) or file (default: as before, or legacy).",
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed", min=0.01, max=10_000, help="Speed relative to the real cloud (default: as before, or 1)."
        ),
    ] = None,
    quota: Annotated[int | None, typer.Option("--quota", min=0, help="EIP quota of the account (default 20).")] = None,
    pods: Annotated[
        int | None, typer.Option("--pods", min=0, help="Number of Pods in scenario big (default 1000).")
    ] = None,
    kubeconfig: Annotated[
        Path | None,
        typer.Option("--kubeconfig", metavar="FILE", help="Use this cluster; simulate only the cloud for it."),
    ] = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay in the foreground until stopped.")] = False,
) -> None:
    """Start the sandbox; returns when it is ready.

    \b
    eipctl sandbox up                               # scenario legacy: Terway v1.6.3
    eipctl sandbox up --seed big --pods 10000       # many Pods that ask for EIPs
    eipctl sandbox up --kubeconfig kind.yaml        # Pods of a real cluster, simulated cloud
    """
    from eipctl.output.console import plain
    from eipctl.sandbox import lifecycle

    folder = folder_of(directory)

    def ready(record: Record) -> None:
        what = f"sandbox for the cluster of {record.follows}" if record.follows else f"sandbox {record.scenario}"
        options.console.answer(f"{what} is ready in {folder}\n")
        options.console.say(
            plain(f"  Kubernetes API  {record.kube_url}"),
            plain(f"  Alibaba Cloud   {record.cloud_url}"),
            plain(f'  use it:  eval "$({words_for("env", directory)})"'),
        )

    with translated():
        lifecycle.up(
            folder,
            port=port,
            seed=scenario_at(seed) if seed else None,
            speed=speed,
            quota=quota,
            pods=pods,
            follow=kubeconfig,
            foreground=foreground,
            on_ready=ready,
        )


@sandbox.command("scenarios")
@takes(Answering)
def scenarios(options: Answering) -> None:
    """List the scenarios that `up --seed` and `seed` know.

    \b
    eipctl sandbox scenarios
    """
    from eipctl.sandbox.world import scenario

    with translated():
        found = [{"name": name, "about": scenario.load(name).about} for name in scenario.names()]
    tell(options, "scenarios", {"scenarios": found}, "".join(f"{one['name']:<14}{one['about']}\n" for one in found))


@sandbox.command("down")
@takes(Common)
def down(options: Common, directory: Directory = None) -> None:
    """Stop the sandbox; its state stays in the folder.

    \b
    eipctl sandbox down
    """
    from eipctl.sandbox import lifecycle

    with translated():
        stopped = lifecycle.down(folder_of(directory))
    options.console.answer("stopped\n" if stopped else "no sandbox was running\n")


@sandbox.command("env")
@takes(Common)
def env(
    options: Common,
    directory: Directory = None,
    unset: Annotated[bool, typer.Option("--unset", help="Restore the previous environment.")] = False,
    metadata: Annotated[
        bool, typer.Option("--metadata", help="Also print EIPCTL_SANDBOX_METADATA_URL, the ECS metadata service.")
    ] = False,
) -> None:
    """Print the variables that point a shell to the sandbox.

    For sh, bash, zsh and fish. The prompt shows "(eipctl-sandbox)" until --unset restores the environment.

    \b
    eval "$(eipctl sandbox env)"
    eval "$(eipctl sandbox env --unset)"
    """
    from eipctl.sandbox import lifecycle

    with translated():
        lines = lifecycle.env_lines(folder_of(directory), unset=unset, metadata=metadata)
    options.console.answer("".join(f"{line}\n" for line in lines))


@sandbox.command("seed")
@takes(Common)
def seed_again(
    options: Common,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Scenario name or file.")],
    directory: Directory = None,
) -> None:
    """Discard all state and start with a scenario.

    \b
    eipctl sandbox seed modern
    eipctl sandbox seed my-cluster.yaml
    """
    with translated():
        client_of(directory).seed(scenario_at(scenario))
    options.console.answer(f"seeded {scenario}\n")


@sandbox.command("reset")
@takes(Common)
def reset(options: Common, directory: Directory = None) -> None:
    """Discard all state and restart the same scenario.

    \b
    eipctl sandbox reset
    """
    with translated():
        client = client_of(directory)
        began = time.perf_counter()
        client.reset()
    options.console.answer(f"reset in {(time.perf_counter() - began) * 1000:.0f} ms\n")


@sandbox.command("calls")
@takes(Answering)
def calls(
    options: Answering,
    directory: Directory = None,
    clear: Annotated[bool, typer.Option("--clear", help="Clear the list instead of showing it.")] = False,
) -> None:
    """Show the calls of both APIs, one JSON object per line.

    \b
    eipctl sandbox calls
    eipctl sandbox calls --clear
    """
    with translated():
        client = client_of(directory)
        if clear:
            client.clear_calls()
            return
        found = client.calls()
    tell(options, "calls", {"calls": found}, "".join(json.dumps(call) + "\n" for call in found), named="api")


@sandbox.command("reach")
@takes(Answering)
def reach(
    options: Answering,
    eip: Annotated[str, typer.Argument(metavar="EIP", help="Allocation ID or IP address.")],
    directory: Directory = None,
) -> None:
    """Show which Pod an EIP leads to.

    \b
    eipctl sandbox reach 198.18.0.2
    """
    with translated():
        found = client_of(directory).reach(eip)
    tell(options, "reach", found, json.dumps(found) + "\n", rows="", named="eip_address")


@sandbox.command("switch")
@takes(Answering)
def switch(
    options: Answering,
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE", help="Without arguments, all are shown.")
    ] = None,
    directory: Directory = None,
) -> None:
    """Choose how the simulated cloud behaves where the real behaviour is unverified.

    \b
    eipctl sandbox switch                      # show all switches
    eipctl sandbox switch hidden_describes=3   # a new EIP is not listed for three reads
    """
    with translated():
        now = client_of(directory).switch(**dict(_pair(text) for text in changes or ()))
    text = "".join(f"{name}={json.dumps(value)}\n" for name, value in now.items())
    tell(options, "switch", {"switches": [{"name": name, "value": value} for name, value in now.items()]}, text)


@sandbox.command("limit")
@takes(Answering)
def limit(
    options: Answering,
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="API=N/SECONDS|quota=N", help="Without arguments, all are shown.")
    ] = None,
    directory: Directory = None,
) -> None:
    """Set the rate limit of an API and the EIP quota of the account.

    \b
    eipctl sandbox limit AllocateEipAddress=10/60 quota=50
    """
    from eipctl.sandbox.cloud.limits import parse

    wanted: dict[str, Any] = {"apis": {}}
    for name, value in (_pair(text) for text in changes or ()):
        try:
            calls, seconds = parse(str(value))
        except ValueError:
            raise UsageError(
                Code.USAGE, f"{name}={value} is not a valid limit", hint="write it as AllocateEipAddress=120/60"
            ) from None
        if name == "quota":
            wanted["quota"] = calls
        else:
            wanted["apis"][name] = {"calls": calls, "seconds": seconds}
    with translated():
        now = client_of(directory).limit(wanted)
    lines = [f"{api}={one['calls']}/{one['seconds']:g}" for api, one in now["apis"].items()]
    text = "".join(f"{line}\n" for line in (f"quota={now['quota']}", *lines))
    tell(options, "limit", now, text, rows="", named="quota")


def _pair(text: str) -> tuple[str, Any]:
    """``name=value``; a value that is JSON is what it says, any other a text."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(Code.USAGE, f"{text!r} is not an assignment", hint="write it as NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@fault.command("add")
@takes(Common)
def fault_add(
    options: Common,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="JSON, or do=kill,api=AssociateEipAddress,pid=12")],
    directory: Directory = None,
) -> None:
    """Add a fault rule and print its ID.

    A rule matches service, api and object (regular expressions), from the nth call on, every every-th, times times, or
    with a seeded probability. Values of do: error, after, throttle, latency, lose, reset, truncate, stale,
    shift, drop, repeat, late, behind, garble, kill, crash.

    \b
    eipctl sandbox fault add do=lose,api=AllocateEipAddress,nth=2          # done, but the reply is lost
    eipctl sandbox fault add do=throttle,api=AssociateEipAddress,times=5   # a burst of Throttling.User
    eipctl sandbox fault add do=stale,api=DescribeEipAddresses,times=3     # the newest EIP is hidden for three reads
    eipctl sandbox fault add do=shift,api=DescribeEipAddresses,nth=2       # an EIP slips over a page's boundary
    eipctl sandbox fault add do=error,service=kube,api=patch,object=pods/.*,status=409,code=Conflict
    eipctl sandbox fault add do=latency,seconds=0.5,times=0,probability=0.1,seed=7
    eipctl sandbox fault add do=crash,when=after,api=AllocateEipAddress    # the sandbox itself crashes
    """
    from eipctl.sandbox.faults import parse

    try:
        parsed = parse(rule)
    except ValueError as error:
        raise UsageError(
            Code.USAGE, f"not a fault rule: {error}", hint="see eipctl sandbox fault add --help"
        ) from error
    with translated():
        options.console.answer(f"{client_of(directory).add_fault(parsed)}\n")


@fault.command("list")
@takes(Answering)
def fault_list(options: Answering, directory: Directory = None) -> None:
    """Show the fault rules, one JSON object per line.

    \b
    eipctl sandbox fault list
    """
    with translated():
        found = client_of(directory).faults()
    tell(options, "fault list", {"rules": found}, "".join(json.dumps(rule) + "\n" for rule in found), named="id")


@fault.command("clear")
@takes(Common)
def fault_clear(options: Common, directory: Directory = None) -> None:
    """Remove all fault rules.

    \b
    eipctl sandbox fault clear
    """
    with translated():
        client_of(directory).clear_faults()
    options.console.answer("cleared\n")
