"""The status page: what the simulator received, in Portuguese, on a phone too. Nobody can take it for SEFAZ's."""

from datetime import datetime
from html import escape

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
border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}
th{font-size:.8rem;text-transform:uppercase;color:#555}
.key{font-family:ui-monospace,monospace;font-size:.78rem;min-width:9rem}th{overflow-wrap:normal}
.ok{color:#0b6b34;font-weight:700}.no{color:#b3261e;font-weight:700}small{color:#666}a{color:#0a4f9e}
@media(max-width:46rem){thead{display:none}tr{display:block;border-bottom:3px solid #ccc;padding:.4rem 0}
td{display:flex;gap:.8rem;border:0;padding:.2rem .6rem}
td>span{min-width:0}tbody{display:block}td::before{content:attr(data-label);flex:0 0 6.2rem;
color:#666;font-size:.85rem}}
@media(prefers-color-scheme:dark){body{background:#191917;color:#ececea}table{background:#242422}th,td{border-color:#444}
th,small,td::before{color:#aaa}.ok{color:#6fd49a}.no{color:#ff9d94}a{color:#8fc2ff}}
"""
GOOD = {"100", "107", "150"}


def _cell(label, content, css=""):
    return f'<td data-label="{label}"{f" class={css}" if css else ""}><span>{content or "–"}</span></td>'


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
            _cell("cStat", escape(row["cStat"]), "ok" if row["cStat"] in GOOD else "no"),
            _cell("Motivo", motive),
            _cell("XML", links),
        )
    )


def _fault(fault):
    service = fault["service"] or "todos os serviços"
    left = "até ser retirada" if fault["remaining"] is None else f"nas próximas {fault['remaining']} chamadas"
    return f"<p class=fault>Falha pedida: <b>{escape(fault['kind'])}</b> em {escape(service)}, {left}.</p>"


def render(rows, counts, faults):
    """The page, as bytes."""
    heads = ("Hora", "Serviço", "UF", "Emitente", "Série/número", "Chave", "cStat", "Motivo", "XML")
    head = "".join(f"<th>{name}</th>" for name in heads)
    empty = '<tr><td colspan="9">Nada recebido ainda.</td></tr>'
    body = "".join(map(_row, rows)) or empty
    received, authorised = counts
    return f"""<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="15">
<title>{MARK}</title><style>{STYLE}</style></head><body>
<header><h1>SIMULADOR – SEM VALOR FISCAL</h1>Este não é um serviço da SEFAZ. Ambiente 2, certificados de mentira.
</header>
<main><div class="sum"><div><b>{received}</b>pedidos recebidos</div><div><b>{authorised}</b>NF-e autorizadas</div></div>
{"".join(map(_fault, faults))}
<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>
<p><small>Mostra os {len(rows)} pedidos mais novos. Atualiza-se a cada 15 segundos.
<a href="/ca.pem">Certificado da AC do simulador</a></small></p></main></body></html>""".encode()
