import re
import unicodedata

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..fiscal.rejections import dictionary
from ..fiscal.tables import rows

#: Whose data a rejection is about, by its path in the core.
SUBJECTS = (
    (r"items\[\]\.(cfop|rules(?!\.ipi))", "rule"),
    (r"items\[\]\.(quantity|unit_price|discount)", "invoice"),
    (r"items", "product"),
    (r"(recipient|delivery|pickup)", "customer"),
    (r"(emitter\.(crt|certificate)|technician|authorized_readers|environment)", "settings"),
    (r"emitter", "company"),
    (r"series", "journal"),
    (r"transport\.carrier", "carrier"),
    (r".", "invoice"),
)


class Rejection(models.Model):
    """The dictionary of SEFAZ's answers: each code, what it means, what to do.

    The core's own rows as a table in the reader's language, made while it is read: nothing to load, nothing to bring up
    to date. Where the core is silent there is the official text.
    """

    _name = "faturamento_br.rejection"
    _description = "Answer of SEFAZ"
    _auto = False
    _order = "id"
    _rec_name = "code"
    _rec_names_search = ["code", "search_words"]

    code = fields.Char("cStat", readonly=True)
    kind = fields.Selection(
        [
            ("mend", "Mend and issue again"),
            ("ask", "Check with a register"),
            ("wait", "Nothing to do"),
            ("number", "Takes another number"),
            ("defect", "Tell the support"),
        ],
        "What it takes",
        readonly=True,
    )
    subject = fields.Selection(
        [
            ("product", "Product"),
            ("rule", "Tax rule"),
            ("customer", "Customer"),
            ("company", "Company"),
            ("settings", "Settings"),
            ("journal", "Journal"),
            ("carrier", "Carrier"),
            ("invoice", "Invoice"),
        ],
        "Where",
        readonly=True,
    )
    meaning = fields.Text("What it means", readonly=True)
    cure = fields.Text("What to do", readonly=True)
    official = fields.Text("Official text", readonly=True)
    words = fields.Char(readonly=True)
    search_words = fields.Char("Code or words", store=False, search="_search_words")

    @property
    def _table_query(self):
        return self._answers(self.env.lang)

    @api.model
    @ormcache("lang")
    def _answers(self, lang):
        """The table's rows in ``lang``, as SQL."""
        translate = self.with_context(lang=lang).env._
        known, found = dictionary(), []
        official = {row["code"]: row["text"].removeprefix("Rejeição: ") for row in rows("cstat")}
        for code in sorted({*known, *official}, key=int):
            row, text = known.get(code), official.get(code, "")
            meaning, cure = (translate(row.meaning), translate(row.cure)) if row else ("", "")  # pylint: disable=translation-not-lazy
            kind, subject = (row.kind.value, _subject(row.path)) if row else (None, None)
            words = _folded(f"{code} {meaning} {cure} {text}")
            found.append(SQL("%s", (int(code), code, kind, subject, meaning, cure, text, words)))
        columns = SQL("id, code, kind, subject, meaning, cure, official, words")
        return SQL("SELECT * FROM (VALUES %s) AS answers (%s)", SQL(", ").join(found), columns)

    def _search_words(self, operator, value):
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        return [("words", "ilike", word) for word in _folded(value).split()]

    @api.depends("code", "meaning", "official")
    def _compute_display_name(self):
        for answer in self:
            answer.display_name = f"{answer.code} · {answer.meaning or answer.official}"


def _subject(path):
    return next((subject for pattern, subject in SUBJECTS if re.match(pattern, path)), None)


def _folded(text):
    """``text`` in lower case without accents: who searches does not type them."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
