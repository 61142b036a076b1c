"""The worked examples of docs/contratos.md: every number of theirs is computed here."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from contract_samples import contract, day, line

from faturamento_br.billing.adjustment import Index, Rule, Value, adjust, earliest
from faturamento_br.billing.bills import booked, run
from faturamento_br.billing.changes import Change, End, NewTerms, Pause, Resume, with_changes
from faturamento_br.billing.intervals import DAY
from faturamento_br.billing.schedule import due
from faturamento_br.billing.term import fine
from faturamento_br.billing.usage import Metric, Model, Pricing, Tier, price

GUIDE = (Path(__file__).parents[2] / "docs" / "contratos.md").read_text()
MARCH = contract(line(day("2026-03-01"), "100"))
BILLED = booked({}, run(MARCH, {}, day("2026-03-01")).bills)
LATER = day("2026-03-31")


def section(title: str) -> str:
    """The text below a heading, in one line."""
    _before, found = GUIDE.split(f"# {title}\n")
    return " ".join(found.split("\n#")[0].split())


def brl(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def correction(*changes: Change):
    ((item,),) = (bill.items for bill in run(with_changes(MARCH, *changes), BILLED, LATER).bills)
    return item


def worth(item) -> Decimal:
    return sum((part.amount for part in item.parts), Decimal(0))


def test_periods():
    rows = [
        f"| {period.key.number + 1} | {period.start:%d/%m/%Y} | {period.last_day:%d/%m/%Y} |"
        for period in due(contract(line(day("2026-01-31"))), (), day("2026-03-31"))
    ]
    assert len(rows) == 3
    assert " ".join(rows) in section("Períodos")


def test_a_higher_price():
    item = correction(Change(1, day("2026-03-11"), NewTerms(price=Decimal(150))))
    text = section("Aumento de preço no meio do mês")
    assert len(item.parts) == 2
    for part in item.parts:
        dates = f"| {part.start:%d/%m/%Y} | {part.end - DAY:%d/%m/%Y} "
        assert f"{dates}| {part.days} de {part.of_days} | {brl(part.terms.price)} | {brl(part.amount)} |" in text
    assert f"março vale | {brl(worth(item))} |" in text
    assert f"a cobrar | {brl(item.amount)} |" in text


def test_an_early_end():
    item = correction(Change(1, day("2026-03-16"), End()))
    text = section("Encerramento depois de faturado")
    assert f"Março passa a valer {brl(worth(item))} e o crédito é de {brl(-item.amount)}" in text


def test_a_pause():
    item = correction(Change(1, day("2026-03-11"), Pause()), Change(2, day("2026-03-21"), Resume()))
    assert f"o março de R$ 100,00 custa {brl(worth(item))}." in section("Pausa")


def test_a_fine():
    amount = fine(Decimal(1200), day("2026-01-01"), day("2027-01-01"), day("2026-10-01"))
    left = (day("2027-01-01") - day("2026-10-01")).days
    assert f"faltam {left} de 365 dias, multa de {brl(amount)}." in section("Multa por saída antecipada")


@pytest.mark.parametrize("model", [Model.TIERED, Model.VOLUME])
def test_usage(model):
    tiers = (Tier(Decimal(100), Decimal("0.10")), Tier(Decimal(500), Decimal("0.08")), Tier(None, Decimal("0.05")))
    amount = brl(price(Pricing(Metric.SUM, model, tiers=tiers), Decimal(600)))
    row = {Model.TIERED: "400 × 0,08 + 100 × 0,05", Model.VOLUME: "600 × 0,05"}[model]
    assert f"{row} | {amount} |" in section("Uso medido")


def test_an_adjustment():
    text = section("Reajuste")
    cells = [cell.strip() for cell in text.split("|")]
    percents = [cells[cells.index(f"{month:02}/2020") + 1].replace(",", ".") for month in range(1, 13)]
    table = [
        Value(Index.IPCA, date(2020, month, 1), Decimal(percent), "", LATER)
        for month, percent in enumerate(percents, 1)
    ]
    signed, effective = day("2020-02-10"), day("2021-02-10")
    rent = line(signed, "1000")
    found = adjust(rent, (), Rule(Index.IPCA), signed, effective, table)
    capped = adjust(rent, (), Rule(Index.IPCA, cap=Decimal(4)), signed, effective, table)
    assert [value.month for value in found.months] == [date(2020, month, 1) for month in range(1, 13)]
    assert f"Acumulado: {f'{found.accumulated:.4f}'.replace('.', ',')} %" in text
    assert f"Novo preço: R$ {brl(found.after)}." in text
    assert f"Com teto de 4 %, R$ {brl(capped.after)}." in text
    assert f"a partir de {earliest(effective):%d/%m/%Y}." in text
