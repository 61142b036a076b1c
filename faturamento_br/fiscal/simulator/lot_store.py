"""Lots as the simulator remembers them: received, waiting in the queue, processed."""

from dataclasses import dataclass
from datetime import datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS lot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    receipt TEXT NOT NULL UNIQUE, cUF TEXT NOT NULL, called TEXT NOT NULL, transmitter TEXT NOT NULL,
    arrived TEXT NOT NULL, due REAL NOT NULL, processed INTEGER NOT NULL DEFAULT 0, request BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS lot_waiting ON lot (due) WHERE processed = 0;
CREATE TABLE IF NOT EXISTS lot_nfe (
    receipt TEXT NOT NULL, place INTEGER NOT NULL, access_key TEXT NOT NULL, model TEXT NOT NULL, cUF TEXT NOT NULL,
    emitter TEXT NOT NULL, series INTEGER NOT NULL, number INTEGER NOT NULL,
    cStat TEXT NOT NULL DEFAULT '', prot TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (receipt, place)
);
CREATE INDEX IF NOT EXISTS lot_nfe_number ON lot_nfe (emitter, series, number);
"""
SET_RESULT = "UPDATE lot_nfe SET cStat = ?, prot = ? WHERE receipt = ? AND place = ?"


@dataclass(frozen=True)
class Lot:
    """A lot that was received."""

    receipt: str
    cUF: str  # the state that answers
    called: str  # the state whose service was called; "" for any
    transmitter: str  # CNPJ or CPF of the certificate that sent it
    arrived: datetime
    due: float  # POSIX time of its processing
    processed: bool
    request: bytes


class Lots:
    def __init__(self, store):
        self._store = store

    def receive(self, cUF, called, transmitter, arrived, due, request, documents):
        """Put a lot in the queue; returns its receipt (MOC 7.0, 4.3.4: state, kind of authoriser, number in sequence).

        :param documents: (access key, identity) of each, in their order.
        """
        with self._store.transaction() as db:
            following = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM lot").fetchone()[0]
            receipt = f"{cUF}1{following:012}"
            db.execute(
                "INSERT INTO lot (receipt, cUF, called, transmitter, arrived, due, request)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (receipt, cUF, called, transmitter, arrived.isoformat(), due, request),
            )
            db.executemany(
                "INSERT INTO lot_nfe (receipt, place, access_key, model, cUF, emitter, series, number)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(receipt, place, key, *identity) for place, (key, identity) in enumerate(documents)],
            )
        return receipt

    def find(self, receipt):
        """The lot of a receipt, or ``None``."""
        rows = self._store.rows("SELECT * FROM lot WHERE receipt = ?", receipt)
        return self._lot(rows[0]) if rows else None

    def due(self, now):
        """The lots to be processed by ``now`` (POSIX time), the oldest first."""
        rows = self._store.rows("SELECT * FROM lot WHERE processed = 0 AND due <= ? ORDER BY id", now)
        return [self._lot(row) for row in rows]

    def hasten(self):
        """Let every lot that waits be due."""
        self._store.rows("UPDATE lot SET due = 0 WHERE processed = 0")

    def waiting(self, identity, before=""):
        """Whether a lot that waits (one received before ``before``, if given) holds a document of this number."""
        rows = self._store.rows(
            "SELECT lot_nfe.receipt FROM lot_nfe JOIN lot ON lot.receipt = lot_nfe.receipt"
            " WHERE model = ? AND lot_nfe.cUF = ? AND emitter = ? AND series = ? AND number = ? AND cStat = ''"
            " AND lot.id < COALESCE((SELECT id FROM lot WHERE receipt = ?), lot.id + 1)",
            *(*identity, before),
        )
        return bool(rows)

    def results(self, receipt):
        """(access key, cStat, protNFe) of each document of a lot, in their order; "" where it still waits."""
        rows = self._store.rows("SELECT access_key, cStat, prot FROM lot_nfe WHERE receipt = ? ORDER BY place", receipt)
        return [tuple(row) for row in rows]

    def set_result(self, receipt, place, cStat, prot):
        self._store.rows(SET_RESULT, cStat, prot, receipt, place)

    def finish(self, receipt):
        self._store.rows("UPDATE lot SET processed = 1 WHERE receipt = ?", receipt)

    def recent(self, limit=20):
        """The newest lots first: receipt, arrived, cUF, processed, and how many documents and authorisations it has."""
        return self._store.rows(
            "SELECT lot.receipt, arrived, lot.cUF, processed, COUNT(place) AS documents, MIN(emitter) AS emitter,"
            " SUM(lot_nfe.cStat IN ('100', '150')) AS authorised"
            " FROM lot JOIN lot_nfe ON lot_nfe.receipt = lot.receipt GROUP BY lot.id ORDER BY lot.id DESC LIMIT ?",
            limit,
        )

    @staticmethod
    def _lot(row):
        return Lot(
            **{
                **{name: row[name] for name in ("receipt", "cUF", "called", "transmitter", "due", "request")},
                "arrived": datetime.fromisoformat(row["arrived"]),
                "processed": bool(row["processed"]),
            }
        )
