"""The status page: what the simulator received, in Portuguese, on a phone too. Nobody can take it for SEFAZ's."""

from datetime import datetime
from html import escape
from typing import NamedTuple

from . import reference
from .answers import MARK

STYLE = """
:root{color-scheme:light dark}*{box-sizing:border-box}
body{margin:0;font:16px/1.45 system-ui,sans-serif;background:#f4f4f1;color:#1d1d1b}
header{background:repeating-linear-gradient(-45deg,#b3261e 0 24px,#8f1d17 24px 48px);color:#fff;padding:1rem;
text-align:center}header h1{margin:0;font-size:clamp(1.3rem,6vw,2.6rem);letter-spacing:.04em}
main{max-width:78rem;margin:0 auto;padding:1rem}.sum{display:flex;flex-wrap:wrap;gap:1.5rem;margin:0 0 1rem}
.sum b{display:block;font-size:1.6rem}.fault{background:#fff3cd;color:#4d3800;padding:.6rem .8rem;border-radius:.4rem}
table{width:100%;border-collapse:collapse;background:#fff}th,td{padding:.5rem .6rem;text-align:left;
border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:break-word}
th{font-size:.8rem;text-transform:uppercase;color:#555}
.key{font-family:ui-monospace,monospace;font-size:.78rem;min-width:9rem;overflow-wrap:anywhere}th{overflow-wrap:normal}
.ok{color:#0b6b34;font-weight:700}.no{color:#b3261e;font-weight:700}small{color:#666}a{color:#0a4f9e}
@media(max-width:62rem){thead{display:none}tr{display:block;border-bottom:3px solid #ccc;padding:.4rem 0}
td{display:flex;gap:.8rem;border:0;padding:.2rem .6rem}
td>span{min-width:0;overflow-wrap:anywhere}tbody{display:block}td::before{content:attr(data-label);flex:0 0 6.2rem;
color:#666;font-size:.85rem}}
@media(prefers-color-scheme:dark){body{background:#191917;color:#ececea}table{background:#242422}th,td{border-color:#444}
th,small,td::before{color:#aaa}.ok{color:#6fd49a}.no{color:#ff9d94}a{color:#8fc2ff}}
"""
GOOD = {"100", "103", "104", "107", "150"}
NEUTRAL = {"105"}


def _cell(label, content, css=""):
    return f'<td data-label="{label}"{f" class={css}" if css else ""}><span>{content or "–"}</span></td>'


def _colour(cStat):
    return "" if cStat in NEUTRAL else "ok" if cStat in GOOD else "no"


def _row(row):
    moment = datetime.fromisoformat(row["at"])
    uf = reference.ufs().get(row["cUF"], {}).get("uf", row["cUF"])
    motive = escape(row["xMotivo"])
    if row["fault"]:
        motive += f" <small>falha pedida: {escape(row['fault'])}</small>"
    if row["detail"]:
        motive += f"<br><small>{escape(row['detail'])}</small>"
    links = " · ".join(f'<a href="/recebidos/{row["id"]}/{which}.xml">{which}</a>' for which in ("pedido", "resposta"))
    return "<tr>" + "".join(
        (
            _cell("Hora", f"{moment:%d/%m/%Y %H:%M:%S}"),
            _cell("Serviço", escape(row["service"])),
            _cell("UF", escape(uf)),
            _cell("Emitente", escape(row["emitter"])),
            _cell("Série/número", escape(row["number"])),
            _cell("Chave", escape(row["access_key"]), "key"),
            _cell("cStat", escape(row["cStat"]), _colour(row["cStat"])),
            _cell("Motivo", motive),
            _cell("XML", links),
        )
    )


def _fault(fault):
    service = fault["service"] or "todos os serviços"
    left = "até ser retirada" if fault["remaining"] is None else f"nas próximas {fault['remaining']} chamadas"
    return f"<p class=fault>Falha pedida: <b>{escape(fault['kind'])}</b> em {escape(service)}, {left}.</p>"


class Content(NamedTuple):
    """What the page shows."""

    rows: list  # of the log, newest first
    counts: tuple[int, int]  # requests received, documents authorised
    faults: list[dict]
    lots: list  # newest first
    registers: tuple[int, int, int]  # contributors, voided ranges, closed states


def _lot(row):
    moment = datetime.fromisoformat(row["arrived"])
    uf = reference.ufs()[row["cUF"]]["uf"]
    situation = "processado" if row["processed"] else "em processamento"
    judged = f"{row['authorised']} de {row['documents']}" if row["processed"] else ""
    return "<tr>" + "".join(
        (
            _cell("Recebido", f"{moment:%d/%m/%Y %H:%M:%S}"),
            _cell("Recibo", escape(row["receipt"]), "key"),
            _cell("UF", escape(uf)),
            _cell("Emitente", escape(row["emitter"])),
            _cell("NF-e", str(row["documents"])),
            _cell("Situação", situation, "ok" if row["processed"] else ""),
            _cell("Autorizadas", judged),
        )
    )


def _lots(rows):
    if not rows:
        return ""
    heads = ("Recebido", "Recibo", "UF", "Emitente", "NF-e", "Situação", "Autorizadas")
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(map(_lot, rows))
    return f"<h2>Lotes</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><h2>Pedidos</h2>"


def _registers(counts):
    """A line about the registers, when they hold something."""
    names = (
        ("contribuinte cadastrado", "contribuintes cadastrados"),
        ("faixa de números inutilizada", "faixas de números inutilizadas"),
        ("UF de cadastro fechado", "UF de cadastro fechado"),
    )
    told = [f"{count} {names[count > 1]}" for count, names in zip(counts, names, strict=True) if count]
    return f"<p class=fault>Cadastros: {', '.join(told)}.</p>" if told else ""


def render(content):
    """The page, as bytes."""
    heads = ("Hora", "Serviço", "UF", "Emitente", "Série/número", "Chave", "cStat", "Motivo", "XML")
    head = "".join(f"<th>{name}</th>" for name in heads)
    empty = '<tr><td colspan="9">Nada recebido ainda.</td></tr>'
    body = "".join(map(_row, content.rows)) or empty
    received, authorised = content.counts
    return f"""<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="15">
<title>{MARK}</title><style>{STYLE}</style></head><body>
<header><h1>SIMULADOR – SEM VALOR FISCAL</h1>Este não é um serviço da SEFAZ. Ambiente 2, certificados de mentira.
</header>
<main><div class="sum"><div><b>{received}</b>pedidos recebidos</div><div><b>{authorised}</b>NF-e autorizadas</div></div>
{"".join(map(_fault, content.faults))}{_registers(content.registers)}
{_lots(content.lots)}
<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>
<p><small>Mostra os {len(content.rows)} pedidos mais novos. Atualiza-se a cada 15 segundos.
<a href="/ca.pem">Certificado da AC do simulador</a></small></p></main></body></html>""".encode()
