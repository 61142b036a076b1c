"""What the simulator remembers of events: those registered, and what third parties did with an NF-e.

``mark`` stands for events that others register and that keep an NF-e from being cancelled: a CT-e issued for it, its
passage at a tax office's post, its receipt confirmed by the addressee.
"""

from dataclasses import dataclass
from datetime import datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    access_key TEXT NOT NULL, code TEXT NOT NULL, sequence INTEGER NOT NULL,
    cStat TEXT NOT NULL, protocolo TEXT NOT NULL UNIQUE, at TEXT NOT NULL, xml TEXT NOT NULL, ret TEXT NOT NULL,
    UNIQUE (access_key, code, sequence)
);
CREATE TABLE IF NOT EXISTS mark (access_key TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (access_key, kind));
"""
CANCELLATION = "110111"
MARKS = {"cte": "690", "circulation": "219", "receipt": "221"}  # kind -> the cStat that a cancellation then gets
#: The event's cStat -> the NF-e's, in a query by key.
_CANCELLED = {"135": "101", "155": "151"}
CANCELLED = frozenset(_CANCELLED.values())
_FIRST_PROTOCOL = 5_000_000_000  # NF-e and events have one sequence in no SEFAZ: theirs are told apart here at sight


@dataclass(frozen=True)
class Held:
    """An NF-e as the rules for events ask for it."""

    cStat: str
    received_at: datetime
    protocolo: str
    xml: bytes


class Events:
    def __init__(self, store):
        self._store = store

    def document(self, access_key):
        """The authorised (or cancelled) NF-e of a key, or ``None``."""
        query = "SELECT cStat, received_at, protocolo, xml FROM nfe WHERE access_key = ?"
        rows = self._store.rows(query, access_key)
        if not rows:
            return None
        cStat, received_at, protocolo, xml = rows[0]
        return Held(cStat, datetime.fromisoformat(received_at), protocolo, bytes(xml))

    def is_registered(self, access_key, code, sequence):
        query = "SELECT 1 FROM event WHERE access_key = ? AND code = ? AND sequence = ?"
        return bool(self._store.rows(query, access_key, code, sequence))

    def of_number(self, code, first34):
        """Whether an event of this type is registered for a key with these first characters (all but tpEmis, cNF)."""
        query = "SELECT 1 FROM event WHERE code = ? AND substr(access_key, 1, 34) = ?"
        return bool(self._store.rows(query, code, first34))

    def register(self, identity, cStat, moment, xml, make_ret):
        """Register once: the retEvento, or ``None`` when another request was faster.

        :param identity: (access key, tpEvento, nSeqEvento).
        :param make_ret: protocol number -> retEvento; called inside the transaction.
        """
        access_key, code, sequence = identity
        with self._store.transaction() as db:
            taken = "SELECT 1 FROM event WHERE access_key = ? AND code = ? AND sequence = ?"
            if db.execute(taken, identity).fetchone():
                return None
            next_id = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM event").fetchone()[0]
            protocolo = f"1{access_key[:2]}{moment:%y}{_FIRST_PROTOCOL + next_id:010}"
            ret = make_ret(protocolo)
            insert = "INSERT INTO event (access_key, code, sequence, cStat, protocolo, at, xml, ret)"
            values = (access_key, code, sequence, cStat, protocolo, moment.isoformat(), xml, ret)
            db.execute(f"{insert} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            if code == CANCELLATION:
                db.execute("UPDATE nfe SET cStat = ? WHERE access_key = ?", (_CANCELLED[cStat], access_key))
        return ret

    def of_key(self, access_key):
        """(evento, retEvento) of each event of a key, the oldest first, as text."""
        query = "SELECT xml, ret FROM event WHERE access_key = ? ORDER BY id"
        return [tuple(row) for row in self._store.rows(query, access_key)]

    def mark(self, access_key, kind):
        self._store.rows("INSERT OR IGNORE INTO mark VALUES (?, ?)", access_key, kind)

    def marks(self, access_key):
        return {row[0] for row in self._store.rows("SELECT kind FROM mark WHERE access_key = ?", access_key)}

    def age(self, access_key, received_at):
        """Let an NF-e have been authorised at ``received_at``; returns whether there is one."""
        self._store.rows("UPDATE nfe SET received_at = ? WHERE access_key = ?", received_at.isoformat(), access_key)
        return self.document(access_key) is not None
