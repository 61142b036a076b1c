"""The golden cases as accountants read them: docs/golden.md, made of the tables in ``golden``.

A case is written by somebody else when its source is a document, an official calculator or a published example whose
amounts are its own; where the source is a law, the example is ours.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
PAGE = Path(__file__).parents[2] / "docs/golden.md"
LAW = re.compile(
    r"(LC|EC|CF|LDO|Lei|Leis|Decreto|DL|RIPI|STF|ADI|SPED|TIPI|Convênio|Ajuste|Resolução|Solução|Ato|IN|MP|Portaria|MOC|"
    r"Table cClassTrib|NT 2020\.005)\b"
)
REGIMES = {"1": "Simples", "simples": "Simples", "2": "Simples, excesso (CRT 2)", "3": "normal", "normal": "normal"}
TITLES = {
    "icms": "ICMS e ICMS ST",
    "difal": "DIFAL e FCP do destino",
    "fuels": "Combustíveis, ICMS monofásico",
    "ipi": "IPI",
    "contributions": "PIS e COFINS",
    "imports": "Importação",
    "exports": "Exportação",
    "simples": "Simples Nacional: alíquota efetiva e crédito",
    "withholdings": "Retenções",
    "ibs_cbs": "IBS, CBS e IS",
    "ibs_cbs_single_phase": "IBS e CBS monofásicos",
    "ibpt": "Tributos aproximados (Lei 12.741)",
    "operations": "Operações prontas",
}
#: What says of which case a row is, by file.
NAMES = {
    "icms": ("situation", "from", "to", "price"),
    "difal": ("date", "origin_uf", "destination_uf", "value"),
    "fuels": ("cst", "date", "fuel", "quantity"),
    "exports": ("cfop", "icms", "pis"),
    "operations": ("operacao", "destino"),
}
OWN_EXAMPLE = "Calculados por nós e conferidos pelo XSD: [operations.csv](../tests/fiscal/golden/operations.csv)."


@dataclass(frozen=True)
class Case:
    """A row of a golden table."""

    file: str
    number: int
    row: dict[str, str]

    @property
    def source(self) -> str:
        return self.row.get("source", "")

    @property
    def is_others(self) -> bool:
        """Whether somebody else wrote it."""
        return bool(self.source) and ("http" in self.source or not LAW.match(self.source))

    @property
    def regime(self) -> str:
        return REGIMES.get(self.row.get("crt") or self.row.get("regime") or "", "")

    @property
    def name(self) -> str:
        values = [self.row[column] for column in NAMES.get(self.file, ("case",))]
        return " · ".join(filter(None, values))


@dataclass(frozen=True)
class Subject:
    """A part of the law that cases must cover.

    :param one_regime: why it exists in one regime alone, or is the same in all.
    """

    title: str
    file: str
    holds: Callable[[dict[str, str]], bool] = lambda _row: True
    one_regime: str = ""


def has(*columns: str) -> Callable[[dict[str, str]], bool]:
    return lambda row: all(row[column] not in ("", "0", "0.00") for column in columns)


def among(column: str, *values: str) -> Callable[[dict[str, str]], bool]:
    return lambda row: row[column] in values


def begins(column: str, *starts: str) -> Callable[[dict[str, str]], bool]:
    return lambda row: row[column].startswith(starts)


SAME = "igual em todos os regimes"
SIMPLES_ONLY = "só existe no Simples"
NORMAL_ONLY = "só existe fora do Simples"
SUBJECTS = (
    Subject("ICMS próprio", "icms"),
    Subject(
        "ICMS: redução, diferimento, desoneração", "icms", among("situation", "20", "30", "40", "51", "70"), NORMAL_ONLY
    ),
    Subject("ICMS ST", "icms", has("substitution")),
    Subject("ICMS retido antes", "icms", among("situation", "60", "500")),
    Subject("ICMS: CST 90 e CSOSN 900", "icms", among("situation", "90", "900")),
    Subject("Simples: alíquota efetiva", "simples", one_regime=SIMPLES_ONLY),
    Subject("Simples: crédito (pCredSN)", "simples", has("credit"), SIMPLES_ONLY),
    Subject("DIFAL, base simples", "difal", among("method", "single"), NORMAL_ONLY),
    Subject("DIFAL, base dupla", "difal", among("method", "double"), NORMAL_ONLY),
    Subject("DIFAL com partilha entre UFs", "difal", lambda row: row["share"] != "100", NORMAL_ONLY),
    Subject("FCP do destino", "difal", has("fcp"), NORMAL_ONLY),
    Subject("Combustíveis, ICMS monofásico", "fuels"),
    Subject("IPI", "ipi"),
    Subject("IPI por unidade", "ipi", has("unit_value"), NORMAL_ONLY),
    Subject("II e importação por dentro", "imports"),
    Subject("PIS e COFINS", "contributions"),
    Subject("PIS e COFINS monofásicos e por unidade", "contributions", among("cst", "02", "03", "04")),
    Subject("Retenções de quem paga", "withholdings", among("payer", "private")),
    Subject("Retenções de órgãos públicos (IN RFB 1.234)", "withholdings", lambda row: row["payer"] != "private"),
    Subject("Exportação", "exports"),
    Subject("Zona Franca e ALC", "operations", begins("chave", "zfm", "alc", "free")),
    Subject("IBS e CBS", "ibs_cbs", one_regime=SAME),
    Subject("IBS e CBS: reduções", "ibs_cbs", has("pRedAliqIBS"), SAME),
    Subject("IBS e CBS: tributação regular", "ibs_cbs", has("cClassTribReg"), SAME),
    Subject("IBS e CBS: diferimento", "ibs_cbs", has("vDifIBSUF"), SAME),
    Subject("IBS e CBS: compra governamental", "ibs_cbs", has("tpEnteGov"), SAME),
    Subject("IS, Imposto Seletivo", "ibs_cbs", has("vIS"), SAME),
    Subject("IBS e CBS monofásicos", "ibs_cbs_single_phase", one_regime=SAME),
    Subject("Tributos aproximados", "ibpt", one_regime=SAME),
    Subject("Devoluções", "operations", begins("chave", "return_")),
    Subject("Notas complementares", "operations", begins("chave", "complement")),
    Subject(
        "Remessas, bonificação e amostra", "operations", begins("chave", "demo", "repair", "bonus", "sample", "consign")
    ),
    Subject("Industrialização", "operations", begins("chave", "indust")),
    Subject("Entrega futura e venda à ordem", "operations", begins("chave", "future", "triangular")),
    Subject("Notas de ajuste", "operations", begins("chave", "adjust")),
)


@cache
def cases(file: str) -> tuple[Case, ...]:
    """The rows of ``golden/<file>.csv``; numbers are lines of the file."""
    with (FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as opened:
        return tuple(Case(file, number, row) for number, row in enumerate(csv.DictReader(opened), start=2))


def of(subject: Subject) -> list[Case]:
    return [case for case in cases(subject.file) if subject.holds(case.row)]


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    every = [case for file in TITLES for case in cases(file)]
    others = [case for case in every if case.is_others]
    yield "# Casos conferidos"
    yield ""
    yield (
        f"{len(every)} casos com o resultado esperado, que os testes calculam a cada mudança; {len(others)} "
        "foram escritos por outros: notas autorizadas, calculadoras oficiais, exemplos publicados. Onde a fonte é só a "
        "lei, o exemplo é nosso. Cada linha leva à tabela com todos os valores."
    )
    yield ""
    yield (
        "Além deles, as notas autorizadas de [recompute.md](recompute.md) são recalculadas item a item. Esta página é "
        "feita por `GOLDEN_UPDATE=1 pytest tests/fiscal/test_golden_table.py`."
    )
    yield from (
        "",
        "## O que cobrem",
        "",
        "| assunto | casos | de outros | regimes | tabela |",
        "|---|--:|--:|---|---|",
    )
    for subject in SUBJECTS:
        found = of(subject)
        regimes = ", ".join(sorted({case.regime for case in found} - {""}))
        told = f"{regimes} ({subject.one_regime})" if regimes and subject.one_regime else regimes or subject.one_regime
        mine = sum(case.is_others for case in found)
        yield f"| {subject.title} | {len(found)} | {mine} | {told} | {_link(subject.file)} |"
    yield from ("", "## Situações do ICMS", "", "| CST ou CSOSN | casos |", "|---|--:|")
    for situation, number in sorted(situations().items(), key=lambda each: (len(each[0]), each[0])):
        yield f"| {situation} | {number} |"
    yield from ("", "## Escritos por outros, por tabela")
    for file, title in TITLES.items():
        told = [case for case in cases(file) if case.is_others]
        if told:
            yield from ("", f"### {title}: {_link(file)}", "", "| linha | caso | fonte |", "|--:|---|---|")
            yield from (f"| {each.number} | {_cell(each.name)} | {_cell(each.source)} |" for each in told)
    yield from ("", "## Operações prontas", "", OWN_EXAMPLE)


def situations() -> Counter[str]:
    """How many cases each situation of ICMS has, in the tables that say one."""
    columns = {
        "icms": "situation",
        "fuels": "cst",
        "exports": "icms",
        "imports": "icms",
        "operations": "ICMS",
        "difal": "cst",
    }
    return Counter(case.row[column] for file, column in columns.items() for case in cases(file) if case.row[column])


def _link(file: str) -> str:
    return f"[{file}.csv](../tests/fiscal/golden/{file}.csv)"


def _cell(text: str) -> str:
    return text.replace("|", "/").strip()
