import csv
import re
import unicodedata
from itertools import pairwise

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import file_open

CODE_BEGINNING = re.compile(r"[0-9.]+")
POSITIVE = ("=", "in", "like", "ilike", "=like", "=ilike")


def fold(text):
    """The words of ``text`` as searches compare them: small letters and digits, no accents, a blank before each."""
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "".join(f" {word}" for word in re.findall(r"[^\W_]+", letters))


def table_rows(name):
    """The rows of ``data/<name>.csv``, a dict each."""
    with file_open(f"faturamento_br/data/{name}.csv") as file:
        return list(csv.DictReader(file))


class OfficialCode(models.AbstractModel):
    """A code of an official table, found by its beginning, with or without dots, or by words without accents.

    The table is the same for all companies. An upgrade brings its official rows in one statement and keeps their ids;
    a code that a newer table no longer has is not deleted, it ends. Accountants may add codes that are newer than the
    installed table, and tell that one has ended: a law does not wait for an upgrade.
    """

    _name = "faturamento_br.official_code"
    _description = "Code of an official table"
    _order = "code"
    _rec_names_search = ("code", "name")

    #: How many digits each group of a written code has: (4, 2, 2) is 9401.69.00.
    _fbr_groups = ()
    #: What makes a row unique.
    _fbr_key = ("code",)

    code = fields.Char(required=True)
    name = fields.Char("Description", required=True)
    words = fields.Char("Words to search", compute="_compute_words", store=True, precompute=True)
    date_start = fields.Date("In force since")
    date_end = fields.Date("Until", help="Last day on which the code may be used. Empty: it is in force.")
    official = fields.Boolean(readonly=True, help="Row of the official table. The others were added by hand.")
    in_force = fields.Boolean("In force", compute="_compute_in_force", search="_search_in_force")

    @api.depends("code", "name")
    def _compute_words(self):
        for record in self:
            record.words = self._fbr_words(record.code, record.name)

    @api.depends("date_start", "date_end")
    def _compute_in_force(self):
        today = fields.Date.context_today(self)
        for record in self:
            record.in_force = is_in_force(today, record.date_start, record.date_end)

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        since = Domain("date_start", "=", False) | Domain("date_start", "<=", today)
        until = Domain("date_end", "=", False) | Domain("date_end", ">=", today)
        return since & until if True in value else ~(since & until)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{self._fbr_written(record.code)} {self._fbr_short(record.name or '')}".strip()

    @api.model
    def _search_display_name(self, operator, value):
        if operator not in POSITIVE:
            return NotImplemented
        if operator == "in":
            return Domain("code", "in", [code for text in value if (code := self._fbr_read(text))])
        if operator == "=":
            return Domain("code", "=", self._fbr_read(value) or "")
        return self._fbr_domain_of_words(str(value or ""), "words")

    @api.model
    def _fbr_domain_of_words(self, text, column):
        """Rows of which ``column`` has all words of ``text``, or their beginnings; digits may be a code's beginning."""
        written = text.strip("%").split()
        if len(written) == 1 and CODE_BEGINNING.fullmatch(written[0]):
            return Domain("code", "=like", written[0].replace(".", "") + "%")
        domain = Domain.TRUE
        for piece in written:
            words = Domain.AND(
                Domain(column, "like", f" {word.removesuffix('s') if len(word) > 3 else word}")
                for word in fold(piece).split()
            )
            if CODE_BEGINNING.fullmatch(piece):
                words |= Domain("code", "=like", piece.replace(".", "") + "%")
            domain &= words
        return domain

    # --- How a code is written ----------------------------------------------------------------------------------

    @api.model
    def _fbr_length(self):
        return sum(self._fbr_groups)

    @api.model
    def _fbr_written(self, code):
        """``94016900`` as the tables write it: ``9401.69.00``."""
        if len(code or "") != self._fbr_length():
            return code or ""
        ends = [sum(self._fbr_groups[:index]) for index in range(len(self._fbr_groups) + 1)]
        return ".".join(code[start:end] for start, end in pairwise(ends))

    @api.model
    def _fbr_read(self, text):
        """The bare digits of a code written in full, with or without dots and with or without its description.

        ``False`` when ``text`` begins with none.
        """
        groups = r"[. ]?".join(rf"[0-9]{{{digits}}}" for digits in self._fbr_groups)
        found = re.match(rf"{groups}(?=\s|$)", str(text or "").strip())
        return bool(found) and re.sub(r"[. ]", "", found[0])

    @api.model
    def _fbr_short(self, name):
        """A description that fits into one line."""
        return cut(name, 100)

    @api.model
    def _fbr_words(self, code, name):
        return fold(f"{code} {name}")

    # --- The table as it is in memory ---------------------------------------------------------------------------

    @api.model
    @tools.ormcache(cache="stable")
    def _fbr_codes(self):
        """Each code with its id and the days of its validity: ``{code: (id, start, end)}``.

        Read once a process, in the cache that no creation of a product clears; without the ORM, which would take ten
        times as long for ten thousand rows.
        """
        self.flush_model(["code", "date_start", "date_end"])
        query = SQL("SELECT code, id, date_start, date_end FROM %s", SQL.identifier(self._table))
        return {code: values for code, *values in self.env.execute_query(query)}

    @api.model
    def _fbr_in_force(self, code, day):
        """Whether ``code`` may be used on ``day``; ``None`` when the table does not know it."""
        row = self._fbr_codes().get(code)
        return row and is_in_force(day, *row[1:])

    @api.model_create_multi
    def create(self, vals_list):
        codes = [self._fbr_read(vals.get("code")) or vals.get("code") for vals in vals_list]
        records = super().create(
            [{**vals, "code": code, "official": False} for vals, code in zip(vals_list, codes, strict=True)]
        )
        self.env.registry.clear_cache("stable")
        return records

    def write(self, vals):
        if vals.keys() - {"date_end"} and any(self.mapped("official")):
            raise UserError(
                self.env._(
                    "%s is a row of the official table: only its last day can be changed.", self[:1].display_name
                )
            )
        vals = {name: value for name, value in vals.items() if name != "official"}
        if vals.get("code"):
            vals["code"] = self._fbr_read(vals["code"]) or vals["code"]
        result = super().write(vals)
        self.env.registry.clear_cache("stable")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_official(self):
        if official := self.filtered("official"):
            raise UserError(self.env._("%s is a row of the official table and stays.", official[:1].display_name))

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache("stable")
        return result

    @api.constrains("code")
    def _check_code(self):
        for record in self:
            if self._fbr_groups and self._fbr_read(record.code) != record.code:
                raise UserError(
                    self.env._(
                        "%(code)s is no code of this table: write its %(length)s digits.",
                        code=printable(record.code),
                        length=self._fbr_length(),
                    )
                )

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for record in self:
            if record.date_start and record.date_end and record.date_end < record.date_start:
                raise UserError(self.env._("%s ends before it begins: correct its days.", record.display_name))

    # --- Loading ------------------------------------------------------------------------------------------------

    @api.model
    def _fbr_table(self):
        """The official rows, as dicts of column values with at least ``code`` and ``name``."""
        raise NotImplementedError

    @api.model
    def _fbr_load_table(self):
        """Bring the official table into the database, in two statements; runs at every install and update.

        Rows keep their ids; one that was added by hand becomes official when the table has it at last.
        """
        rows = [{"words": self._fbr_words(row["code"], row["name"]), **row} for row in self._fbr_table()]
        names = [*rows[0]]
        table, columns = SQL.identifier(self._table), SQL(", ").join(map(SQL.identifier, names))
        values = SQL(", ").join(
            SQL("%s::%s[]", [row[name] or None for row in rows], SQL(self._fields[name].column_type[0]))
            for name in names
        )
        changed = [name for name in names if name not in self._fbr_key]
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s AS old (%(columns)s, official) SELECT *, true FROM unnest(%(values)s) "
                "ON CONFLICT (%(key)s) DO UPDATE SET (%(changed)s, official) = ROW(%(new)s, true) "
                "WHERE (%(current)s, old.official) IS DISTINCT FROM (%(new)s, true)",
                table=table,
                columns=columns,
                values=values,
                key=SQL(", ").join(map(SQL.identifier, self._fbr_key)),
                changed=SQL(", ").join(map(SQL.identifier, changed)),
                current=SQL(", ").join(SQL.identifier("old", name) for name in changed),
                new=SQL(", ").join(SQL.identifier("excluded", name) for name in changed),
            )
        )
        # The day before the upgrade is the last on which nobody could know.
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET date_end = CURRENT_DATE - 1 WHERE official AND date_end IS NULL AND NOT code = ANY(%s)",
                table,
                [row["code"] for row in rows],
            )
        )
        self.invalidate_model()
        self.env.registry.clear_cache("stable")


def is_in_force(day, start, end):
    """Whether ``day`` is in a validity of which either end may be open."""
    return (not start or start <= day) and (not end or day <= end)


def printable(text, length=40):
    """What a user typed, safe to repeat in a message: no control characters, not endless."""
    return cut("".join(letter if letter.isprintable() else "?" for letter in str(text)), length)


def cut(text, length):
    """``text`` in at most ``length`` characters."""
    return text if len(text) <= length else text[: length - 1].rstrip(" ,;(") + "…"
