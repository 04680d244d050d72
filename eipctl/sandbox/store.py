"""All state of the sandbox: tables of immutable values in memory, written through to one SQLite file.

A transaction holds the one lock, is atomic in memory and on disk, and is on disk before anybody is answered. WAL with
synchronous=NORMAL survives the death of the process, not the loss of power.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

V = TypeVar("V")
Snapshot = dict[str, dict[str, object]]
"""Table to its rows."""


_A_STATEMENT = 8
_UPSERT = "INSERT INTO rows VALUES {} ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value"
_DELETE = "DELETE FROM rows WHERE tab = ? AND key = ?"


class Table(Generic[V]):
    """A dict of immutable values whose changes are part of the running transaction. Read it under the store's lock."""

    def __init__(
        self,
        store: Store,
        name: str,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        *,
        quiet: bool = False,
    ) -> None:
        self._store, self.name, self._encode, self._decode = store, name, encode, decode
        self.quiet = quiet
        """Whether nobody waits for its changes."""
        self._rows: dict[str, V] = {}
        self.touched: set[str] = set()
        """The keys of what has changed since the last mark."""

    def get(self, key: str) -> V | None:
        """The value, or None."""
        return self._rows.get(key)

    def __getitem__(self, key: str) -> V:
        return self._rows[key]

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> list[str]:
        """All keys, oldest first."""
        return list(self._rows)

    def values(self) -> list[V]:
        """All values, oldest first."""
        return list(self._rows.values())

    def items(self) -> list[tuple[str, V]]:
        """All rows, oldest first."""
        return list(self._rows.items())

    def all(self, keys: Iterable[str]) -> list[V]:
        """The values of these keys, in their order."""
        rows = self._rows
        return [rows[key] for key in keys]

    def put(self, key: str, value: V) -> None:
        """Insert or replace; only inside a transaction."""
        self._store.record(self, key)
        self._rows[key] = value

    def delete(self, key: str) -> None:
        """Remove if there; only inside a transaction."""
        if key in self._rows:
            self._store.record(self, key)
            del self._rows[key]

    def clear(self) -> None:
        """Remove all; only inside a transaction."""
        for key in self.keys():
            self.delete(key)

    def become(self, rows: dict[str, V]) -> set[str]:
        """Hold the rows of the last mark, in their order; only inside a transaction. The keys of what has changed."""
        touched, self.touched = self.touched, set()
        for key in touched:
            if key not in rows:
                self.delete(key)
            elif self._rows.get(key) is not rows[key]:
                self.put(key, rows[key])
        if touched:
            self._rows = dict(rows)
        self.touched.clear()
        return touched

    def undo(self, key: str, previous: V | None) -> None:
        """Put back what was there before the transaction."""
        if previous is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = previous

    def encoded(self, key: str) -> bytes | None:
        """The row as it goes to disk; None when it is gone."""
        value = self._rows.get(key)
        return None if value is None else self._encode(value)

    def load(self, key: str, raw: bytes) -> None:
        """Take over a row read from disk."""
        self._rows[key] = self._decode(raw)


class Store:
    """Tables under one lock. `path` None keeps everything in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        """Notified after every transaction that changed a table which isn't quiet: controllers and watches wait."""
        self.changes = 0
        """Grows with every such change, so that nobody who waits for one misses it. Read it under the lock."""
        self.listeners: list[Callable[[bool], None]] = []
        """Called under the lock after a transaction with changes: True if they are kept, False if they are undone."""
        self._tables: dict[str, Table[object]] = {}
        self._undo: dict[tuple[str, str], object | None] = {}
        self._depth = 0
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000;"
            "CREATE TABLE IF NOT EXISTS rows (tab TEXT, key TEXT, value BLOB, PRIMARY KEY (tab, key));"
        )

    def table(
        self, name: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V], *, quiet: bool = False
    ) -> Table[V]:
        """Open a table and load what the file has of it. Once per name."""
        table: Table[V] = Table(self, name, encode, decode, quiet=quiet)
        for key, raw in self._db.execute("SELECT key, value FROM rows WHERE tab = ? ORDER BY rowid", (name,)):
            table.load(key, raw)
        self._tables[name] = table  # type: ignore[assignment]
        return table

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, in memory and on disk. Nested blocks join the outer one."""
        with self.lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            except BaseException:
                if self._depth == 1:
                    self._roll_back()
                raise
            finally:
                self._depth -= 1

    def record(self, table: Table[V], key: str) -> None:
        """Remember a row as it was, for undoing."""
        if not self._depth:
            raise RuntimeError("a table is changed only inside a transaction")
        if not table.quiet:
            self.changes += 1
        table.touched.add(key)
        self._undo.setdefault((table.name, key), table.get(key))

    def _commit(self) -> None:
        if not self._undo:
            return
        rows = [(name, key, self._tables[name].encoded(key)) for name, key in self._undo]
        kept = [row for row in rows if row[2] is not None]
        gone = [row[:2] for row in rows if row[2] is None]
        if gone or len(kept) > _A_STATEMENT:
            self._db.execute("BEGIN")
            self._db.executemany(_UPSERT.format("(?, ?, ?)"), kept)
            self._db.executemany(_DELETE, gone)
            self._db.execute("COMMIT")
        else:  # one statement is a transaction of its own, and costs a third
            values = ", ".join(["(?, ?, ?)"] * len(kept))
            self._db.execute(_UPSERT.format(values), [part for row in kept for part in row])
        loud = any(not self._tables[name].quiet for name, _ in self._undo)
        self._undo.clear()
        self._tell(kept=True)
        if loud:
            self.changed.notify_all()

    def _roll_back(self) -> None:
        if not self._undo:
            return
        for (name, key), previous in self._undo.items():
            self._tables[name].undo(key, previous)
        self._undo.clear()
        self._tell(kept=False)

    def _tell(self, *, kept: bool) -> None:
        for listener in self.listeners:
            listener(kept)

    def snapshot(self) -> Snapshot:
        """All rows as they are now."""
        with self.lock:
            return {name: dict(table.items()) for name, table in self._tables.items()}

    def mark(self) -> Snapshot:
        """The same, to be restored later: from now on it is noted what changes."""
        with self.lock:
            for table in self._tables.values():
                table.touched.clear()
            return self.snapshot()

    def restore(self, snapshot: Snapshot) -> dict[str, set[str]]:
        """Make all tables what they were at the last mark; table to the keys of what had changed since."""
        with self.transaction():
            return {name: table.become(snapshot[name]) for name, table in self._tables.items()}

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()
