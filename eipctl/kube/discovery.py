"""Which kinds the API server serves, found by any name that kubectl takes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError
from eipctl.kube import wire
from eipctl.kube.client import ATTEMPTS, path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.kube.client import KubeClient

_FIRST = ("apps", "batch")
"""Groups asked before all others, in kubectl's order of preference."""
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects and where they are."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    names: frozenset[str]

    @property
    def group(self) -> str:
        """ "" for the core group."""
        return self.api_version.rpartition("/")[0]

    def called(self, name: str) -> bool:
        """Whether kubectl means this by `name`: ``deploy``, ``deployments.apps``, ``deployments.v1.apps``."""
        short, _, rest = name.lower().partition(".")
        version = self.api_version.rpartition("/")[2]
        return short in self.names and rest in ("", self.group, f"{version}.{self.group}")


def object_path(api_version: str, plural: str, namespace: str | None, name: str = "") -> str:
    """The path of one object, or of a collection; `namespace` None is all, or none for a cluster-wide kind."""
    base = ("api", api_version) if "/" not in api_version else ("apis", *api_version.split("/"))
    inside = () if namespace is None else ("namespaces", namespace)
    return path(*base, *inside, plural, *((name,) if name else ()))


def find(client: KubeClient, name: str) -> Kind:
    """The kind that kubectl means by `name`. Failed, with the nearest names, when there is none.

    The API server is not asked again for what it has said, unless no kind of that is meant: there may be a new one.
    """
    known: set[str] = set()
    for last in (False, True) if client.served else (True,):
        for kind in _kinds(client, name.lower().partition(".")[2]):
            if kind.called(name):
                return kind
            known.add(kind.plural)
        if not last:
            client.served.clear()
    near = difflib.get_close_matches(name.lower(), sorted(known), n=3)
    raise Failed(
        Code.WORKLOAD_KIND,
        f"the cluster has no kind of objects called {name!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "kubectl api-resources lists the kinds",
    )


def _served(client: KubeClient, where: str, attempts: int = ATTEMPTS) -> bytes:
    if where not in client.served:
        client.served[where] = client.get(where, attempts=attempts)
    return client.served[where]


def versions(client: KubeClient, group: str, plural: str) -> tuple[str, ...]:
    """In which versions the API server serves this resource, the preferred one first; () for none."""
    return tuple(kind.api_version for kind in _of_group(client, group) if kind.plural == plural)


def _kinds(client: KubeClient, qualifier: str) -> Iterator[Kind]:
    """All kinds, the likely groups first; only the group that a qualified name names."""
    yield from _of_version(client, "v1")
    if qualifier:
        version, _, group = qualifier.partition(".")
        yield from _of_group(client, qualifier)
        yield from _of_version(client, f"{group}/{version}") if group else ()
        return
    groups = wire.decode(_served(client, "/apis"), wire.Groups).groups or ()
    versions = {group.name: group.all_versions for group in groups}
    for name in _FIRST:
        yield from _of_version(client, versions.pop(name)[0]) if name in versions else ()
    # A group may serve a kind only in a version that it doesn't prefer, as OpenKruise does with CloneSets.
    for version in (
        *(each[0] for each in versions.values()),
        *(late for each in versions.values() for late in each[1:]),
    ):
        yield from _if_it_answers(client, version)


def _of_group(client: KubeClient, group: str) -> Iterator[Kind]:
    if not group:
        yield from _of_version(client, "v1")
        return
    try:
        raw = _served(client, path("apis", group))
    except KubeError as error:
        if error.status == _NOT_FOUND:
            return
        raise
    for version in wire.decode(raw, wire.Group).all_versions:
        yield from _of_version(client, version)


def _if_it_answers(client: KubeClient, api_version: str) -> Iterator[Kind]:
    """The kinds of one version; none when the aggregated API server behind it is down."""
    try:
        yield from _of_version(client, api_version, attempts=1)
    except KubeError as error:
        if error.status < 500:
            raise


def _of_version(client: KubeClient, api_version: str, attempts: int = ATTEMPTS) -> Iterator[Kind]:
    where = path("api", "v1") if api_version == "v1" else path("apis", *api_version.split("/"))
    try:
        raw = _served(client, where, attempts)
    except KubeError as error:
        if error.status == _NOT_FOUND:
            return
        raise
    for resource in wire.decode(raw, wire.Resources).resources or ():
        if "/" not in resource.name:
            yield _kind(api_version, resource)


def _kind(api_version: str, resource: wire.Resource) -> Kind:
    names = {resource.name, resource.kind.lower(), resource.singular_name or "", *(resource.short_names or ())}
    return Kind(api_version, resource.kind, resource.name, resource.namespaced, frozenset(names - {""}))
