"""Follows another cluster's nodes and Pods: everything once, then every change."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.follow.reader import Unreadable

if TYPE_CHECKING:
    from eipctl.sandbox.follow.places import Places
    from eipctl.sandbox.follow.reader import Reader

    Obj = dict[str, Any]

_PAUSE = 1.0


class Follower:
    """Call :meth:`catch_up` first: it tells in the caller's thread that the cluster can't be read."""

    def __init__(self, reader: Reader, places: Places) -> None:
        self._reader, self._places = reader, places
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._waiting: dict[str, Obj] = {}
        """Pods whose node is not known yet."""

    def catch_up(self) -> dict[str, str]:
        """Read all nodes and Pods; kind to the version to watch from."""
        return {plural: self._read(plural) for plural in ("nodes", "pods")}

    def start(self, versions: dict[str, str]) -> None:
        """Follow the changes from there, in threads of their own."""
        for plural, version in versions.items():
            threading.Thread(target=self._follow, args=(plural, version), daemon=True, name=f"follow {plural}").start()

    def stop(self) -> None:
        """Take no further change in. The threads end with the process, or with their watch."""
        with self._lock:
            self._stopped.set()

    def _read(self, plural: str) -> str:
        items, version = self._reader.list(plural)
        with self._lock:
            self._places.keep_only(plural, {_key(plural, item) for item in items})
        for item in items:
            self._take("ADDED", plural, item)
        return version

    def _follow(self, plural: str, version: str) -> None:
        while not self._stopped.is_set():
            try:
                for kind, item in self._reader.watch(plural, version):
                    self._take(kind, plural, item)
                    version = item["metadata"]["resourceVersion"]
            except Unreadable as error:
                if error.status != 410:
                    sys.stderr.write(f"{error.message}\n")
                self._stopped.wait(_PAUSE)
                version = self._again(plural, version)

    def _again(self, plural: str, version: str) -> str:
        try:
            return self._read(plural)
        except Unreadable:
            return version

    def _take(self, kind: str, plural: str, item: Obj) -> None:
        with self._lock:
            if self._stopped.is_set():
                return
            (self._node if plural == "nodes" else self._pod)(kind, item)

    def _node(self, kind: str, node: Obj) -> None:
        name = node["metadata"]["name"]
        if kind == "DELETED":
            self._places.no_node(name)
            return
        self._places.node(node)
        for pod in [pod for pod in self._waiting.values() if pod["spec"].get("nodeName") == name]:
            self._pod("MODIFIED", pod)

    def _pod(self, kind: str, pod: Obj) -> None:
        uid = pod["metadata"]["uid"]
        self._waiting.pop(uid, None)
        if kind == "DELETED":
            self._places.no_pod(uid)
        elif not self._places.pod(pod):
            self._waiting[uid] = pod


def _key(plural: str, item: Obj) -> str:
    """What the world's tables know it by."""
    key: str = item["metadata"]["name" if plural == "nodes" else "uid"]
    return key
