"""A whole sandbox in this process: both APIs on loopback, and the world behind them."""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.sandbox import admin, files, tls
from eipctl.sandbox.clock import Clock
from eipctl.sandbox.cloud.service import CloudService
from eipctl.sandbox.errors import SandboxError
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.files import Record
from eipctl.sandbox.follow import kubeconfig
from eipctl.sandbox.follow.follower import Follower
from eipctl.sandbox.follow.places import Places
from eipctl.sandbox.follow.reader import Reader
from eipctl.sandbox.http import CallLog, Server
from eipctl.sandbox.kube.objects import ROWS
from eipctl.sandbox.kube.service import KubeService
from eipctl.sandbox.metadata import MetadataService
from eipctl.sandbox.store import Store
from eipctl.sandbox.world import scenario as scenarios
from eipctl.sandbox.world import seed
from eipctl.sandbox.world.world import World

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from eipctl.sandbox.http import Service
    from eipctl.sandbox.store import Snapshot
    from eipctl.sandbox.world.scenario import Scenario

DEFAULT_SCENARIO = "legacy"
CONTEXT = "eipctl-sandbox"
_ADMIN, _MASTERS = "kubernetes-admin", ("system:masters",)


class Sandbox:
    """The sandbox of a folder; one that was stopped there goes on where it was.

    `scenario` None takes what the folder has, else the default one. `port` is the Kubernetes API's; 0 takes the ports
    the folder had last, else free ones. `follow` is the kubeconfig of a cluster: only the cloud is then served (on
    `port`), with ENIs for that cluster's nodes and Pods. Use it as a context manager, or call start and stop once each.
    """

    def __init__(
        self,
        directory: Path,
        *,
        scenario: str | None = DEFAULT_SCENARIO,
        speed: float | None = None,
        quota: int | None = None,
        pods: int | None = None,
        port: int = 0,
        follow: Path | None = None,
    ) -> None:
        self.directory = directory
        self._follow = str(follow.absolute()) if follow else ""
        self.faults, self.calls = Faults(), CallLog()
        self.stopping = threading.Event()
        self._speed, self._quota, self._wanted_pods, self._port = speed, quota, pods, port
        self._rules: tuple[dict[str, Any], ...] = ()
        self._identity = secrets.token_hex(8)
        self._servers: tuple[Server, ...] = ()
        self._follower: Follower | None = None
        self._kube_server = ""
        self._beginning: Snapshot | None = None
        """All rows as they were after the scenario was built."""
        self._lock = _locked(directory)
        try:
            self._open(scenario)
        except BaseException:
            self._close()
            raise

    def _open(self, scenario: str | None) -> None:
        self._before = files.read_record(self.directory)
        self._admin_token = self._before.admin_token if self._before else secrets.token_urlsafe(24)
        self._kube_token = self._before.kube_token if self._before else secrets.token_urlsafe(24)
        self.speed = self._speed or (self._before.speed if self._before else 1.0)
        self.clock, self.cloud_clock = Clock(self.speed), Clock(self.speed)
        (self.directory / files.DATABASE).touch(mode=0o600)
        self.store = Store(self.directory / files.DATABASE)
        self._facts = self.store.table("sandbox.facts", str.encode, bytes.decode)
        self._cloud = CloudService(
            self.store, self.cloud_clock, admin_token=self._admin_token, faults=self.faults, log=self.calls
        )
        self._kube = KubeService(self.store, self.clock)
        self._metadata = MetadataService(self._cloud.cloud.state)
        self.cloud, self.objects = self._cloud.cloud, self._kube.objects
        self.world = World(self.store, self.clock, self.objects, self.cloud, self.calls, self.faults)
        self._cloud.admin.update(admin.registry(self))
        self._seed_once(scenario)

    def _seed_once(self, scenario: str | None) -> None:
        there = self._facts.get("scenario")
        if there is None:
            self.reset(scenario or DEFAULT_SCENARIO, self._wanted_pods)
        elif self._follow not in ("", self.follows):
            raise SandboxError(
                f"the sandbox in {self.directory} holds another cluster than that of {self._follow}",
                "choose another folder with --dir",
            )
        elif scenario not in (None, there) or self._wanted_pods not in (None, self.pods):
            raise _another(self.directory, there, self.pods, scenario)
        elif self._quota is not None:
            self.cloud.set_quota(self._quota)

    def reset(self, scenario: str | None = None, pods: int | None = None) -> None:
        """Forget everything and begin with this scenario and so many Pods, or as it began before."""
        with self.world.paused(), self.store.transaction():
            self.faults.begin_anew()
            if scenario is None and self._beginning is not None:
                self.objects.restored(self.store.restore(self._beginning)[ROWS])
                self.cloud.restored()
            else:
                self._begin(scenario or self.scenario, pods if scenario else self.pods)
            for rule in self._rules:
                self.faults.add(rule)
        if self._follower is not None:
            self._follower.catch_up()
        self.calls.clear()
        if self._servers:
            self._tell()

    def _begin(self, name: str, pods: int | None) -> None:
        found = scenarios.load(name, pods)
        follows = self._facts.get("follows") or self._follow
        self._beginning, self._rules = None, found.faults
        self.cloud.reset()
        self.objects.clear()
        self.world.reset()
        key = found.operator_key
        facts = {"scenario": name, "cluster": found.cluster.id, "key": key.id, "secret": key.secret, "follows": follows}
        for fact, value in {**facts, "pods": "" if pods is None else str(pods)}.items():
            self._facts.put(fact, value)
        self._kube.put_token(self._kube_token, _ADMIN, _MASTERS)
        seed.account(self.cloud, scenarios.account_only(found) if follows else found)
        if self._quota is not None:
            self.cloud.set_quota(self._quota)
        if not follows:
            self._build(found)

    def _build(self, found: Scenario) -> None:
        seed.cluster(self.objects, self.clock, self.cloud.state.region, found)
        self.world.settle()
        seed.history(self.world, found)
        self.world.settle()
        # A scenario that comes with the sandbox never changes; a file may be edited between two resets.
        self._beginning = self.store.mark() if self.scenario in scenarios.names() else None

    def start(self) -> Sandbox:
        """Serve until :meth:`stop`; the folder then tells where."""
        versions = self._begin_to_follow()
        context, authority = tls.server_context(self.directory)
        before = self._before
        cloud = (self._cloud, self._port if self.follows else 0, before.cloud_port if before else 0, None)
        metadata = (self._metadata, 0, before.metadata_port if before else 0, None)
        kube = (self._kube, self._port, before.kube_port if before else 0, context)
        self._servers = self._listen_all(cloud, metadata, *(() if self.follows else (kube,)))
        self._tell()
        if not self.follows:
            files.write(self.kubeconfig, _kubeconfig(self.kube_url, authority, self._kube_token))
        for server in self._servers:
            server.start()
        if self._follower is None:
            self.world.start()
        else:
            self._follower.start(versions)
        return self

    def _begin_to_follow(self) -> dict[str, str]:
        if not self.follows:
            return {}
        reader = Reader(kubeconfig.read(self.kubeconfig), self.directory)
        found = scenarios.load(self.scenario)
        places = Places(self.store, self.cloud, self.world.context.rows, found.cluster, found.vswitches[0].id)
        self._follower, self._kube_server = Follower(reader, places), reader.server
        return self._follower.catch_up()

    def _listen_all(self, *wanted: tuple[Service, int, int, ssl.SSLContext | None]) -> tuple[Server, ...]:
        with contextlib.ExitStack() as opened:
            servers = []
            for service, port, last, context in wanted:
                servers.append(self._listen(service, port, last, context))
                opened.callback(servers[-1].server_close)
            opened.pop_all()
        return tuple(servers)

    def _listen(self, service: Service, port: int, before: int, context: ssl.SSLContext | None = None) -> Server:
        """On `port`; without one, where it was before if that is still free, else anywhere."""
        if not port and before:
            with contextlib.suppress(OSError):
                return Server(service, self.faults, self.calls, before, context)
        try:
            return Server(service, self.faults, self.calls, port, context)
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"can't be used: {error.strerror}"
            raise SandboxError(f"port {port} of 127.0.0.1 {why}", "choose another with --port") from None
        except OverflowError:
            raise SandboxError(f"{port} is no port", "a port is a number up to 65535") from None

    def stop(self) -> None:
        """End everything; nothing is lost."""
        for server in self._servers:
            server.stop()
        if self._follower is not None:
            self._follower.stop()
        elif self._servers:
            self.world.stop()
        self._close()

    def _close(self) -> None:
        store: Store | None = getattr(self, "store", None)
        if store is not None:
            store.close()
        self._lock.drop()

    def __enter__(self) -> Sandbox:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def scenario(self) -> str:
        """The scenario it began with."""
        return self._facts["scenario"]

    @property
    def follows(self) -> str:
        """The kubeconfig of the cluster that is followed; "" for its own."""
        return self._facts.get("follows") or ""

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig that leads to the cluster."""
        return Path(self.follows) if self.follows else self.directory / files.KUBECONFIG

    @property
    def pods(self) -> int | None:
        """The Pods it was asked to begin with; None for as many as the scenario has."""
        pods = self._facts.get("pods")
        return int(pods) if pods else None

    @property
    def cluster_id(self) -> str:
        """The ACK cluster's id."""
        return self._facts["cluster"]

    @property
    def kube_url(self) -> str:
        """The Kubernetes API."""
        return self.record.kube_url

    @property
    def cloud_url(self) -> str:
        """The Alibaba Cloud endpoint."""
        return self.record.cloud_url

    @property
    def metadata_url(self) -> str:
        """The ECS metadata service."""
        return self.record.metadata_url

    def put_token(self, token: str, user: str, groups: tuple[str, ...] = ()) -> None:
        """Let whoever shows `token` to the Kubernetes API be `user`."""
        self._kube.put_token(token, user, groups)

    @property
    def admin_token(self) -> str:
        """The bearer token of ``/_sandbox/``."""
        return self._admin_token

    def env(self) -> dict[str, str]:
        """The environment that leads clients here."""
        return files.environment(self.directory, self.record)

    def _tell(self) -> None:
        cloud, metadata, *kube = self._servers
        self.record = Record(
            identity=self._identity,
            pid=os.getpid(),
            scenario=self.scenario,
            speed=self.speed,
            quota=self._quota,
            pods=self.pods,
            kube_port=kube[0].port if kube else 0,
            cloud_port=cloud.port,
            admin_token=self._admin_token,
            kube_token=self._kube_token,
            access_key_id=self._facts["key"],
            access_key_secret=self._facts["secret"],
            region=self.cloud.state.region,
            cluster_id=self.cluster_id,
            metadata_port=metadata.port,
            follows=self.follows,
            kube_server=self._kube_server,
        )
        files.write_record(self.directory, self.record)


def _locked(directory: Path) -> files.Lock:
    files.make_folder(directory)
    lock = files.Lock(directory)
    if not lock.take():
        raise SandboxError(
            f"a sandbox is already running in {directory}", "use it, or stop it with eipctl sandbox down"
        )
    return lock


def _another(directory: Path, scenario: str, pods: int | None, wanted: str | None) -> SandboxError:
    if wanted not in (None, scenario):
        return SandboxError(
            f"the sandbox in {directory} holds scenario {scenario}, not {wanted}",
            f"start it unchanged and run eipctl sandbox seed {wanted}, or choose another folder with --dir",
        )
    held = "the scenario's own number of Pods" if pods is None else f"{pods} Pods"
    return SandboxError(
        f"the sandbox in {directory} began with {held}",
        "start it unchanged without --pods, or choose another folder with --dir",
    )


def _kubeconfig(url: str, authority: bytes, token: str) -> bytes:
    """One context; JSON is YAML."""
    import json

    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [
            {
                "name": CONTEXT,
                "cluster": {
                    "server": url,
                    "certificate-authority-data": base64.b64encode(authority).decode(),
                },
            }
        ],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": "default"}}],
    }
    return json.dumps(config, indent=2).encode() + b"\n"
