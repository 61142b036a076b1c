"""The tax office's registers: contributors (CCC), technicians, voided numbers, and who is shut out for an hour.

A state's register of contributors is open at first: whoever it does not speak of is registered as the XML says. What it
does speak of, by IE or by CNPJ or CPF, must agree. A state that is closed knows nobody but those in it.
"""

import json
from dataclasses import dataclass, fields, replace

SCHEMA = """
CREATE TABLE IF NOT EXISTS contributor (
    uf TEXT NOT NULL, ie TEXT NOT NULL, holder TEXT NOT NULL, active INTEGER NOT NULL, may_issue INTEGER NOT NULL,
    situation TEXT NOT NULL, crt TEXT NOT NULL, ie_required INTEGER NOT NULL,
    PRIMARY KEY (uf, ie, holder)
);
CREATE INDEX IF NOT EXISTS contributor_holder ON contributor (holder, uf);
CREATE TABLE IF NOT EXISTS described (holder TEXT PRIMARY KEY, details TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS closed_register (uf TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS svc_enabled (uf TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS voided (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL, cUF TEXT NOT NULL, emitter TEXT NOT NULL, series INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS voided_series ON voided (emitter, series);
CREATE TABLE IF NOT EXISTS technician (
    uf TEXT NOT NULL, cnpj TEXT NOT NULL, csrt_id TEXT NOT NULL, csrt TEXT NOT NULL, revoked INTEGER NOT NULL,
    PRIMARY KEY (uf, cnpj, csrt_id)
);
CREATE TABLE IF NOT EXISTS shut_out (
    service TEXT NOT NULL, holder TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (service, holder)
);
"""
SITUATIONS = ("regular", "bloqueado", "vedado")  # cSitCNPJ of the CCC: 1, 2 and 3
MOST_VOIDED = 10_000
AMNESTY = "amnesty"


@dataclass(frozen=True)
class Contributor:
    """A line of the register: an IE and whoever it belongs to. One IE may belong to several (IE única)."""

    uf: str
    ie: str
    holder: str  # CNPJ or CPF
    active: bool = True  # cSitIE: habilitado
    may_issue: bool = True  # credenciado to issue NF-e
    situation: str = "regular"
    crt: str = ""  # "" when the register does not say
    ie_required: bool = True  # IndIEDestOpc 0: a sale to this holder must name the IE


class Registers:
    def __init__(self, store):
        self._store = store

    # --- Contributors -------------------------------------------------------------------------------------------

    def add(self, contributors):
        """Put contributors in the register; a line for the same state, IE and holder replaces the one there."""
        names = [field.name for field in fields(Contributor)]
        statement = f"INSERT OR REPLACE INTO contributor ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        with self._store.transaction() as db:
            for one in contributors:
                db.execute(statement, [getattr(replace(one, ie=one.ie.lstrip("0")), name) for name in names])

    def by_ie(self, uf, ie):
        return self._contributors("uf = ? AND ie = ?", uf, ie.lstrip("0"))

    def by_holder(self, uf, holder):
        return self._contributors("uf = ? AND holder = ?", uf, holder)

    def _contributors(self, where, *values):
        rows = self._store.rows(f"SELECT * FROM contributor WHERE {where}", *values)
        values = [dict(row) for row in rows]
        for value in values:
            value.update({flag: bool(value[flag]) for flag in ("active", "may_issue", "ie_required")})
        return [Contributor(**value) for value in values]

    def describe(self, holder, details):
        """Name and address of a CNPJ or CPF, by the tags of the layout (xNome, xFant, CNAE, xLgr, cMun...)."""
        self._store.rows("INSERT OR REPLACE INTO described VALUES (?, ?)", holder, json.dumps(details))

    def described(self, holder):
        rows = self._store.rows("SELECT details FROM described WHERE holder = ?", holder)
        return json.loads(rows[0][0]) if rows else {}

    def close(self, uf, closed=True):
        """From now on only those in the register of ``uf`` exist (or, again, everybody)."""
        self._store.rows("DELETE FROM closed_register WHERE uf = ?", uf)
        if closed:
            self._store.rows("INSERT INTO closed_register VALUES (?)", uf)

    def is_closed(self, uf):
        return bool(self._store.rows("SELECT 1 FROM closed_register WHERE uf = ?", uf))

    # --- Documents ----------------------------------------------------------------------------------------------

    def authorised(self, identity):
        """The NF-e that holds a number (model, cUF, emitter, series, number), or ``None``."""
        return self._store.find_number(*identity)

    def waiting(self, identity, lot=""):
        """Whether another lot, received before ``lot``, is still to be processed and holds this number."""
        return self._store.lots.waiting(identity, lot)

    # --- Technicians ------------------------------------------------------------------------------------------------

    def add_technician(self, uf, cnpj, csrt_id, csrt, revoked=False):
        """Put a technician's security code (CSRT) in a state's register."""
        self._store.rows("INSERT OR REPLACE INTO technician VALUES (?, ?, ?, ?, ?)", uf, cnpj, csrt_id, csrt, revoked)

    def codes(self, uf, cnpj):
        """csrt_id -> (code, whether it was revoked) of a technician; empty when the register does not speak of him."""
        rows = self._store.rows("SELECT csrt_id, csrt, revoked FROM technician WHERE uf = ? AND cnpj = ?", uf, cnpj)
        return {row["csrt_id"]: (row["csrt"], bool(row["revoked"])) for row in rows}

    # --- Contingency --------------------------------------------------------------------------------------------

    def enable_svc(self, uf, enabled=True):
        """Let the SVC of the state ``uf`` (its sigla) authorise for it, or no more."""
        put = "INSERT OR IGNORE INTO svc_enabled VALUES (?)" if enabled else "DELETE FROM svc_enabled WHERE uf = ?"
        self._store.rows(put, uf)

    def svc_is_enabled(self, uf):
        return bool(self._store.rows("SELECT 1 FROM svc_enabled WHERE uf = ?", uf))

    # --- Voided numbers -----------------------------------------------------------------------------------------

    def void(self, model, cUF, emitter, series, first, last):
        """Void a range of numbers: ("", its id), or (the cStat of why not: 224, 201, 241, 563, 256; None)."""
        if first > last:
            return "224", None
        if last - first >= MOST_VOIDED:
            return "201", None
        series_of = (model, cUF, emitter, series)
        where = "model = ? AND cUF = ? AND emitter = ? AND series = ?"
        with self._store.transaction() as db:
            used = f"SELECT 1 FROM nfe WHERE {where} AND number BETWEEN ? AND ?"
            if db.execute(used, (*series_of, first, last)).fetchone():
                return "241", None
            same = f"SELECT 1 FROM voided WHERE {where} AND first = ? AND last = ?"
            if db.execute(same, (*series_of, first, last)).fetchone():
                return "563", None
            overlap = f"SELECT 1 FROM voided WHERE {where} AND first <= ? AND last >= ?"
            if db.execute(overlap, (*series_of, last, first)).fetchone():
                return "256", None
            insert = "INSERT INTO voided (model, cUF, emitter, series, first, last) VALUES (?, ?, ?, ?, ?, ?)"
            return "", db.execute(insert, (*series_of, first, last)).lastrowid

    def is_voided(self, identity):
        where = "model = ? AND cUF = ? AND emitter = ? AND series = ? AND ? BETWEEN first AND last"
        return bool(self._store.rows(f"SELECT 1 FROM voided WHERE {where}", *identity))

    # --- Improper use -------------------------------------------------------------------------------------------

    def shut_out(self, service, holder, until):
        """Refuse ``holder`` in ``service`` until a POSIX time."""
        self._store.rows("INSERT OR REPLACE INTO shut_out VALUES (?, ?, ?)", service, holder, until)

    def is_shut_out(self, service, holder, now):
        query = "SELECT 1 FROM shut_out WHERE service = ? AND holder = ? AND until > ?"
        return bool(self._store.rows(query, service, holder, now))

    def let_in(self, now):
        """Take back every refusal for improper use; what came before ``now`` counts no more."""
        self._store.rows("DELETE FROM shut_out")
        self.shut_out(AMNESTY, "", now)

    def amnesty(self):
        """The POSIX time before which nothing counts towards improper use."""
        rows = self._store.rows("SELECT until FROM shut_out WHERE service = ?", AMNESTY)
        return rows[0][0] if rows else 0.0

    # --- All of it ----------------------------------------------------------------------------------------------

    def clear(self):
        """Empty the registers of contributors, technicians and voided numbers; every state is open again."""
        for table in ("contributor", "described", "closed_register", "technician", "voided", "svc_enabled"):
            self._store.rows(f"DELETE FROM {table}")

    def counts(self):
        """(contributors, ranges of voided numbers, closed states)."""
        tables = ("contributor", "voided", "closed_register")
        return tuple(self._store.rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables)
