"""What the simulator remembers, in SQLite: authorised documents, everything received, and the faults asked for.

Lots, registers and events are in the same database: see ``Store.lots`` (``lot_store``), ``Store.registers``
(``register_store``) and ``Store.events`` (``event_store``).

One connection, used by one thread at a time. With a write-ahead log a commit survives a ``kill -9`` (not a power cut: a
simulator need not); an authorisation is committed before its answer is even built.
"""

import contextlib
import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import event_store, lot_store, register_store

SCHEMA = """
CREATE TABLE IF NOT EXISTS nfe (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    access_key TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL, cUF TEXT NOT NULL, emitter TEXT NOT NULL, series INTEGER NOT NULL, number INTEGER NOT NULL,
    cStat TEXT NOT NULL, digest TEXT NOT NULL, received_at TEXT NOT NULL, protocolo TEXT NOT NULL UNIQUE,
    prot TEXT NOT NULL, xml BLOB NOT NULL,
    UNIQUE (model, cUF, emitter, series, number)
);
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, service TEXT NOT NULL, cUF TEXT NOT NULL, emitter TEXT NOT NULL, number TEXT NOT NULL,
    access_key TEXT NOT NULL, cStat TEXT NOT NULL, xMotivo TEXT NOT NULL, detail TEXT NOT NULL, fault TEXT NOT NULL,
    request BLOB NOT NULL, answer BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, service TEXT NOT NULL, remaining INTEGER, options TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS received_key ON received (service, access_key);
CREATE INDEX IF NOT EXISTS received_number ON received (service, number);
"""


@dataclass(frozen=True)
class Stored:
    """An authorised NF-e."""

    access_key: str
    cStat: str
    prot: str  # the protNFe element, as every answer repeats it

    @property
    def cancelled(self):
        return self.cStat in event_store.CANCELLED


@dataclass(frozen=True)
class Entry:
    """One request, as the page lists it."""

    at: datetime
    service: str
    cUF: str = ""
    emitter: str = ""
    number: str = ""
    access_key: str = ""
    cStat: str = ""
    xMotivo: str = ""
    detail: str = ""
    fault: str = ""
    request: bytes = b""
    answer: bytes = b""


class Store:
    def __init__(self, path):
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        for schema in (SCHEMA, lot_store.SCHEMA, register_store.SCHEMA, event_store.SCHEMA):
            self._db.executescript(schema)
        self.lots = lot_store.Lots(self)
        self.registers = register_store.Registers(self)
        self.events = event_store.Events(self)
        self.clock = timedelta(0)  # how far the simulator's is ahead of the machine's

    def close(self):
        with self._lock:
            self._db.close()

    def rows(self, query, *values):
        """Run one statement, committed; its rows."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    @contextlib.contextmanager
    def transaction(self):
        """The connection, for statements that are committed together or not at all."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    # --- NF-e ---------------------------------------------------------------------------------------------------

    def find(self, access_key):
        """The authorised NF-e of a key, or ``None``."""
        rows = self.rows("SELECT access_key, cStat, prot FROM nfe WHERE access_key = ?", access_key)
        return Stored(**rows[0]) if rows else None

    def find_number(self, model, cUF, emitter, series, number):
        """The authorised NF-e of a number, or ``None``."""
        rows = self.rows(
            "SELECT access_key, cStat, prot FROM nfe"
            " WHERE model = ? AND cUF = ? AND emitter = ? AND series = ? AND number = ?",
            *(model, cUF, emitter, series, number),
        )
        return Stored(**rows[0]) if rows else None

    def authorise(self, identity, access_key, cStat, digest, moment, xml, make_prot, place_in_lot=None):
        """Authorise once: returns the NF-e that holds the number, and whether this call put it there.

        :param identity: (model, cUF, emitter, series, number), unique.
        :param make_prot: protocol number -> protNFe; called inside the transaction.
        :param place_in_lot: (receipt, place) of the lot it came in, whose result is committed with it.
        """
        with self.transaction() as db:
            row = db.execute(
                "SELECT access_key, cStat, prot FROM nfe"
                " WHERE model = ? AND cUF = ? AND emitter = ? AND series = ? AND number = ?",
                identity,
            ).fetchone()
            if row is not None:
                return Stored(**row), False
            next_id = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM nfe").fetchone()[0]
            protocolo = f"1{identity[1]}{moment:%y}{next_id:010}"
            stored = Stored(access_key, cStat, make_prot(protocolo))
            db.execute(
                "INSERT INTO nfe (access_key, model, cUF, emitter, series, number, cStat, digest, received_at,"
                " protocolo, prot, xml) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (access_key, *identity, cStat, digest, moment.isoformat(), protocolo, stored.prot, xml),
            )
            if place_in_lot:
                db.execute(lot_store.SET_RESULT, (cStat, stored.prot, *place_in_lot))
        return stored, True

    # --- What was received --------------------------------------------------------------------------------------

    def log(self, entry):
        values = {**vars(entry), "at": entry.at.isoformat()}
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self.rows(f"INSERT INTO received ({columns}) VALUES ({marks})", *values.values())

    def recent(self, limit=200):
        """The newest entries first, without their messages."""
        return self.rows(
            "SELECT id, at, service, cUF, emitter, number, access_key, cStat, xMotivo, detail, fault FROM received"
            " ORDER BY id DESC LIMIT ?",
            limit,
        )

    def received_since(self, service, column, subject, moment):
        """How often each cStat was given to requests for ``subject`` since ``moment``, by cStat.

        :param column: where the subject stands: ``access_key``, or ``number`` for a receipt.
        """
        where = {"access_key": "access_key", "number": "number"}[column]
        rows = self.rows(
            f"SELECT cStat, COUNT(*) FROM received WHERE service = ? AND {where} = ? AND at > ? GROUP BY cStat",
            *(service, subject, moment.isoformat()),
        )
        return {row[0]: row[1] for row in rows}

    def counts(self):
        """(requests received, documents authorised)."""
        row = self.rows("SELECT (SELECT COUNT(*) FROM received), (SELECT COUNT(*) FROM nfe)")[0]
        return tuple(row)

    def message(self, entry_id, which):
        """The request or the answer of an entry, or ``None``."""
        column = {"request": "request", "answer": "answer"}[which]
        rows = self.rows(f"SELECT {column} FROM received WHERE id = ?", entry_id)
        return bytes(rows[0][0]) if rows else None

    # --- Faults -------------------------------------------------------------------------------------------------

    def add_fault(self, kind, service, times, options):
        self.rows(
            "INSERT INTO fault (kind, service, remaining, options) VALUES (?, ?, ?, ?)",
            *(kind, service, times, json.dumps(options)),
        )

    def clear_faults(self):
        self.rows("DELETE FROM fault")

    def faults(self):
        rows = self.rows("SELECT id, kind, service, remaining, options FROM fault ORDER BY id")
        return [{**dict(row), "options": json.loads(row["options"])} for row in rows]

    def take_fault(self, kinds, service, authorizer=""):
        """The oldest fault of ``kinds`` that fits ``service``, one use taken off it; ``None`` when there is none.

        :param service: the service's name; "" takes only faults that are for every service.
        :param authorizer: UF, SVC or AN; "" takes only faults that are for all of them.
        """
        marks = ", ".join("?" * len(kinds))
        with self._lock:
            row = self._db.execute(
                f"SELECT id, kind, remaining, options FROM fault WHERE kind IN ({marks}) AND service IN ('', ?)"
                " AND COALESCE(json_extract(options, '$.authorizer'), '') IN ('', ?) ORDER BY id LIMIT 1",
                (*kinds, service, authorizer),
            ).fetchone()
            if row is None:
                return None
            if row["remaining"] is not None:
                if row["remaining"] <= 1:
                    self._db.execute("DELETE FROM fault WHERE id = ?", (row["id"],))
                else:
                    self._db.execute("UPDATE fault SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
        return row["kind"], json.loads(row["options"])
