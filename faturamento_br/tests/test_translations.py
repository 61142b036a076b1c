import io
import re
from datetime import date
from decimal import Decimal

import polib
from odoo.tests import tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import trans_export

from ..fiscal.problems import Problem, Text
from ..models.problem_text import text_of
from .warm_caches import WarmCase

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")
TAG = re.compile(r"<[^>]+>")
SHOWN = re.compile(r' (title|placeholder|alt|aria-label)="[^"]*"')  # attributes that are read
#: IS is a tax.
ENGLISH = re.compile(r"\b(?!IS\b)(?i:the|is|are|of|and|with|without|this|it|has|needs)\b")


@tagged("-at_install", "post_install")
class TestTranslations(WarmCase):
    """Everything a user reads is in Portuguese; `make i18n` names what is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.translation = polib.pofile(file_path("faturamento_br/i18n/pt_BR.po"))
        cls.template = polib.pofile(file_path("faturamento_br/i18n/faturamento_br.pot"))

    def test_the_template_is_what_the_code_says(self):
        buffer = io.BytesIO()
        trans_export(None, ["faturamento_br"], buffer, "po", self.env)
        exported = polib.pofile(buffer.getvalue().decode())
        self.assertGreater(len(exported), 500)
        self.assertEqual(_places(self.template), _places(exported), "run: make i18n")

    def test_every_text_is_translated(self):
        self.assertEqual(_places(self.translation), _places(self.template), "run: make i18n")
        lacking = {entry.msgid for entry in self.translation if not entry.translated() or entry.fuzzy}
        self.assertEqual(lacking, set(), "translate them in i18n/pt_BR.po")

    def test_no_translation_is_english(self):
        texts = [PLACEHOLDER.sub("", TAG.sub("", entry.msgstr)) for entry in self.translation]
        self.assertEqual([text for text in texts if ENGLISH.search(text)], [])

    def test_a_translation_keeps_placeholders_and_tags(self):
        for entry in self.translation:
            for pattern in (PLACEHOLDER, TAG):
                texts = (SHOWN.sub("", text) for text in (entry.msgid, entry.msgstr))
                wanted, found = (sorted(pattern.findall(text)) for text in texts)
                self.assertEqual(found, wanted, entry.msgstr)

    def test_the_database_speaks_portuguese(self):
        field = self.env["ir.model.fields"]._get("faturamento_br.document", "access_key").with_context(lang="pt_BR")
        self.assertEqual(field.field_description, "Chave de acesso")

    def test_values_that_are_texts_are_translated_too(self):
        env = self.env(context={"lang": "pt_BR"})
        problem = Problem("missing", "", Text("The %(what)s is missing."), params={"what": Text("state registration")})
        self.assertEqual(text_of(env, problem), "Falta preencher o campo “inscrição estadual”.")

    def test_values_are_shown_as_their_reader_writes_them(self):
        env = self.env(context={"lang": "pt_BR"})
        params = {"number": "002", "due": date(2026, 11, 23)}
        text = Text("Instalment %(number)s falls due on %(due)s, before the issue or the previous instalment.")
        self.assertIn("vence em 23/11/2026", text_of(env, Problem("due", "", text, params=params)))
        rate = Problem("rate", "", Text("%(rate)s is not a valid percentage."), params={"rate": Decimal("123.4500")})
        self.assertEqual(text_of(env, rate), "123,4500 não é um percentual válido.")

    def test_what_a_user_typed_is_not_translated(self):
        env = self.env(context={"lang": "pt_BR"})
        problem = Problem("ncm_missing", "", Text("%(product)s has no NCM."), params={"product": "state registration"})
        self.assertEqual(text_of(env, problem), "state registration está sem NCM.")


def _places(catalogue):
    """Where each text stands: Odoo puts a translation there, and nowhere else."""
    return {(entry.msgid, name) for entry in catalogue for name, _line in entry.occurrences}
