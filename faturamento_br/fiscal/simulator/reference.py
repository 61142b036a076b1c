"""The official tables the simulator judges by, read once from ``tables/*.csv``.

``cstat.csv`` holds each answer's text and the rule it comes from (MOC 7.0 Anexo I and Visão Geral; NT 2019.001,
2020.006, 2025.001, 2025.002-RTC). ``{item}`` and ``{key}`` stand for the item's number and an access key.
Curly quotes and long dashes of the printed manual are plain ones here: TMotivo takes Latin-1 only.
"""

import csv
from dataclasses import dataclass
from datetime import timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "tables"
HOMOLOGATION_NAME = "NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"


def _rows(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def cstat():
    """cStat -> its row (``regra``, ``xMotivo``)."""
    return MappingProxyType({row["cStat"]: row for row in _rows("cstat")})


def motive(code, **values):
    """The official xMotivo of ``code``, at most 255 characters as TMotivo asks."""
    return cstat()[code]["xMotivo"].format(**values)[:255]


@cache
def ufs():
    """UF's two-digit code -> its row."""
    return MappingProxyType({row["cUF"]: row for row in _rows("ufs")})


@cache
def uf_by_sigla():
    return MappingProxyType({row["uf"]: row for row in _rows("ufs")})


def time_zone(cUF):
    """The official time of the state's tax office."""
    sign, hours = ufs()[cUF]["fuso"][0], int(ufs()[cUF]["fuso"][1:3])
    return timezone(timedelta(hours=-hours if sign == "-" else hours))


@dataclass(frozen=True)
class Limit:
    """How much of the same is improper use in an hour."""

    column: str  # where the log has what is counted: the key, or the receipt's number
    of: str  # "requests", or "rejections" with the same cStat
    count: int


@cache
def limits():
    """Service -> its limit of use."""
    return MappingProxyType(
        {row["servico"]: Limit(row["coluna"], row["conta"], int(row["limite"])) for row in _rows("limites")}
    )


@cache
def cancellation_hours(cUF):
    """Hours since the authorisation: (in time, at the latest) to cancel in a state; 24 where its table is silent."""
    row = next((row for row in _rows("cancelamento") if uf_by_sigla()[row["uf"]]["cUF"] == cUF), None)
    return (int(row["horas"]), int(row["horas_tardio"])) if row else (24, 24)


@cache
def svc_of(sigla):
    """tpEmis of the SVC that stands in for a state: 6 SVC-AN, 7 SVC-RS."""
    return next(row["tpEmis"] for row in _rows("svc") if row["uf"] == sigla)


@cache
def payment_methods():
    return frozenset(row["tPag"] for row in _rows("meios_pagamento"))


@cache
def cities():
    return frozenset(row["cMun"] for row in _rows("municipios"))


@cache
def cfops():
    return frozenset(row["cfop"] for row in _rows("cfop"))


@cache
def return_cfops():
    """CFOPs of returns of goods (NT 2015.002)."""
    return frozenset(row["cfop"] for row in _rows("cfop") if row["devolucao"] == "1")


@cache
def ncms():
    return frozenset(row["ncm"] for row in _rows("ncm"))


@cache
def ibs_cbs_situations():
    """CST of IBS/CBS -> which groups it asks for (``gIBSCBS``, ``gRed``..., "1" or "0")."""
    return MappingProxyType({row["cst"]: row for row in _rows("cst_ibscbs")})


@cache
def ibs_cbs_classes():
    return MappingProxyType({row["cClassTrib"]: row for row in _rows("cclasstrib")})


@cache
def ibs_cbs_rates(year):
    """Rates (pIBSUF, pIBSMun, pCBS) of a year; ``None`` for one that no act has set."""
    for row in _rows("aliquotas_ibs_cbs"):
        if int(row["ano_de"]) <= year <= int(row["ano_ate"] or year):
            return {tag: Decimal(row[tag]) if row[tag] else None for tag in ("pIBSUF", "pIBSMun", "pCBS")}
    return {"pIBSUF": None, "pIBSMun": None, "pCBS": None}


def interstate_rate(origin, destination):
    """7 from South and Southeast (but ES) to North, Northeast, Centre-West and ES, else 12 (Res. SF 22/1989)."""
    region = {sigla: row["regiao"] for sigla, row in uf_by_sigla().items()}
    rich = region.get(origin) in {"S", "SE"} and origin != "ES"
    poor = region.get(destination) in {"N", "NE", "CO"} or destination == "ES"
    return Decimal(7) if rich and poor else Decimal(12)
