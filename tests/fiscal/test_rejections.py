"""The dictionary of rejections, and what the authorizer's own words add to it."""

from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

import pytest
from fiscal import cstat, spec
from fiscal.outcome import Verdict
from fiscal.problems import Text
from fiscal.rejections import LONGEST, SUBJECTS, Kind, dictionary, problem_of, rejection, shown
from fiscal.rejections.elements import item_of, path_of, value_at
from fiscal.tables import rows
from hypothesis import given
from hypothesis import strategies as st

ROWS = list(dictionary().values())
SERVICE = {Verdict.WAIT, Verdict.PENDING, Verdict.NOT_FOUND, Verdict.DUPLICATE, None}
#: What is the company's own, beside the values of the document.
OF_THE_COMPANY = {"emitter.certificate"}


# --- The rows -------------------------------------------------------------------------------------------------------


def test_the_dictionary_is_large_and_each_code_is_there_once():
    rows_of_all = [row for subject in SUBJECTS for row in subject.ROWS]
    assert len(rows_of_all) == len(ROWS) >= 350


def test_the_commonest_are_there():
    commonest = "203 204 206 215 225 232 233 234 301 302 539 590 656 694 703 778 805 806 1115"
    assert [code for code in commonest.split() if not rejection(code)] == []


def test_every_text_is_marked_and_whole():
    for row in ROWS:
        for text in (row.meaning, row.cure):
            assert isinstance(text, Text), row
            assert text == text.strip(), row
            assert text.endswith("."), row


def test_every_code_has_its_official_text():
    assert [row.code for row in ROWS if not cstat.meaning(row.code).text] == []


def test_who_waits_is_who_the_authorizer_did_not_refuse():
    """Nobody is told to wait for a rejection, or to mend what was never refused."""
    for row in ROWS:
        verdict = cstat.meaning(row.code).verdict
        if row.kind is Kind.WAIT:
            assert verdict in SERVICE, row
        elif row.kind is Kind.NUMBER:
            assert verdict in (Verdict.DUPLICATE, Verdict.REJECTED), row
        else:
            assert verdict is Verdict.REJECTED, row
    waiting = {row["code"] for row in rows("cstat") if row["verdict"] in ("wait", "pending")}
    assert waiting <= {row.code for row in ROWS if row.kind is Kind.WAIT}


def test_texts_shown_without_a_frame_have_no_per_cent_sign():
    """They are templates themselves."""
    assert [row.code for row in ROWS if row.kind in (Kind.WAIT, Kind.NUMBER) and "%" in row.cure] == []


def known(cls, names):
    """Whether ``names`` leads through the fields of ``cls``; a tuple or an optional value is looked into."""
    if not names:
        return True
    kinds = get_type_hints(cls)
    if names[0] not in {field.name for field in fields(cls)}:
        return False
    kind = kinds[names[0]]
    inner = [part for part in (kind, *get_args(kind)) if is_dataclass(part)]
    return len(names) == 1 or any(known(part, names[1:]) for part in inner)


@pytest.mark.parametrize("path", sorted({row.path for row in ROWS} | {row["path"] for row in rows("element_paths")}))
def test_every_path_is_a_value_of_the_invoice(path):
    assert path in OF_THE_COMPANY or not path or known(spec.Invoice, path.replace("[]", "").split("."))


# --- The authorizer's words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("Rejeição: Informado NCM inexistente [nItem: 3]", 3),
        ("Rejeição: Informado NCM inexistente [nItem:3]", 3),
        ("GTIN incompatível com a NCM [nItem:12; NCM esperada: 94016100]", 12),
        ("Falha no Schema XML [Elemento: nfeProc/NFe/infNFe/det[2]/prod/NCM]", 2),
        ("Falha no Schema XML: det[@nItem='7']/prod/xProd", 7),
        ("Parcela [nOcor: 2]", None),
        ("Rejeição: IE do destinatário não informada", None),
        ("[nItem: 99999]", None),
        ("", None),
    ],
)
def test_the_item_it_names(words, item):
    assert item_of(words) == item


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("Falha no schema: infNFe/det[2]/prod/NCM inválido", "items[].ncm"),
        ("elemento: enviNFe/NFe[1]/infNFe/dest/enderDest/xBairro", "recipient.address.district"),
        ("The element '{http://www.portalfiscal.inf.br/nfe}CEST' is wrong", ""),  # a namespace alone is no element
        ("tag: NCM", "items[].ncm"),
        ("campo CRT inválido", "emitter.crt"),
        ("tag:CNPJ", ""),  # whose?
        ("det/imposto/ICMS/ICMS00/pICMS", "items[].rules"),
        ("det/imposto/IPI/cEnq", "items[].rules.ipi.cEnq"),
        ("sem/nada/conhecido", ""),
    ],
)
def test_the_element_it_names(words, path):
    assert path_of(words) == path


def test_an_element_of_the_document_is_a_value():
    assert value_at("infNFe/det[2]/prod/NCM") == "items[1].ncm"
    assert value_at("infNFe/det/prod/NCM") == "items[0].ncm"
    assert value_at("infNFe/dest/xNome") == "recipient.name"
    assert value_at("infNFe/ide/cUF") == ""


@pytest.mark.parametrize(
    ("code", "words", "items", "path"),
    [
        ("778", "Informado NCM inexistente [nItem: 3]", 5, "items[2].ncm"),
        ("778", "Informado NCM inexistente", 1, "items[0].ncm"),  # the only one
        ("778", "Informado NCM inexistente", 5, "items"),
        ("778", "Informado NCM inexistente [nItem: 9]", 5, "items"),
        ("778", "Informado NCM inexistente [nItem: 0]", 5, "items"),
        ("232", "IE do destinatário não informada", 5, "recipient.ie"),
        ("225", "Falha no Schema XML [det[2]/prod/CEST]", 5, "items[1].cest"),
        ("225", "Falha no Schema XML do lote de NFe", 5, ""),
        ("9999", "Algo novo [nItem: 2]", 5, "items[1].description"),
        ("9999", "Algo novo [nItem: 8]", 5, ""),
        ("9999", "Algo novo", 5, ""),
    ],
)
def test_where_it_is_mended(code, words, items, path):
    assert problem_of(code, words, items).path == path


def test_our_words_and_theirs():
    problem = problem_of("778", "Rejeição: Informado NCM inexistente [nItem: 3]", 5)
    assert problem.code == "cstat_778"
    assert str(problem) == (
        "items[2].ncm: The NCM of the product does not exist in the official table. SEFAZ says: 778 Rejeição: "
        "Informado NCM inexistente [nItem: 3] Correct the NCM in the product; the accountant or the supplier's invoice "
        "has it. Then issue again: the number stays the same."
    )


def test_the_item_is_named_where_their_words_no_longer_show_it():
    assert str(problem_of("225", "Falha det[2]/prod/xProd", 3)).startswith(
        "items[1].description: Item 2: The file does"
    )


def test_a_code_that_nobody_knows_speaks_for_itself():
    problem = problem_of("9999", "Rejeição: Lua em quadratura", 1)
    assert str(problem).startswith("The authorizer answered 9999: Rejeição: Lua em quadratura")


def test_silence_is_the_official_text():
    assert "Informado NCM inexistente" in str(problem_of("778", "", 1))


def test_who_waits_or_lost_the_number_is_not_told_to_issue_the_same_number_again():
    for code in ("108", "656", "206", "539"):
        assert "the number stays the same" not in str(problem_of(code, "", 1))
    assert "takes the next number" in str(problem_of("206", "", 1))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("a\r\nb\tc", "a b c"),
        ("a\x85b\x9bc", "a b c"),
        ("‮ogirep", "ogirep"),  # right to left
        ("zero​width", "zero width"),
        ("<b onclick='x'>NCM</b>", "<b onclick='x'>NCM</b>"),  # escaped by who shows it
        ("", ""),
    ],
)
def test_their_words_fit_a_line(words, line):
    assert shown(words) == line


def test_their_words_end():
    assert len(shown("A" * 2000)) == LONGEST
    assert shown("A" * 2000).endswith("…")
    assert shown("A" * LONGEST) == "A" * LONGEST


@given(st.sampled_from([*dictionary(), "0", "9999", "12345"]), st.text(max_size=600), st.integers(0, 990))
def test_no_answer_is_too_strange(code, words, items):
    problem = problem_of(code, words, items)
    assert str(problem).isprintable()
    assert len(problem.params["xMotivo"]) <= LONGEST
