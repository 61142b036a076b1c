"""The ret* messages, in the order of their XSDs. Environment 2, always; ``verAplic`` says who answers."""

from xml.sax.saxutils import escape

NFE = "http://www.portalfiscal.inf.br/nfe"
VER_APLIC = "SIMULADOR"
MARK = "SIMULADOR - SEM VALOR FISCAL"


def _tags(**fields):
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in fields.items() if text)


def _root(name, content):
    return f'<{name} xmlns="{NFE}" versao="4.00">{content}</{name}>'


def stamp(moment):
    """TDateTimeUTC: to the second, with the offset."""
    return moment.replace(microsecond=0).isoformat()


def protocol(key, moment, cStat, xMotivo, number="", digest=""):
    """protNFe, without the namespace it inherits from its parent."""
    identifier = f' Id="ID{number}"' if number else ""
    fields = _tags(
        tpAmb="2",
        verAplic=VER_APLIC,
        chNFe=key,
        dhRecbto=stamp(moment),
        nProt=number,
        digVal=digest,
        cStat=cStat,
        xMotivo=xMotivo,
    )
    return f'<protNFe versao="4.00"><infProt{identifier}>{fields}</infProt></protNFe>'


def authorization(cUF, moment, cStat, xMotivo, prot=""):
    fields = _tags(tpAmb="2", verAplic=VER_APLIC, cStat=cStat, xMotivo=xMotivo, cUF=cUF, dhRecbto=stamp(moment))
    return _root("retEnviNFe", fields + prot)


def receipt(cUF, moment, cStat, xMotivo, number):
    """retEnviNFe of a lot put in the queue."""
    fields = _tags(tpAmb="2", verAplic=VER_APLIC, cStat=cStat, xMotivo=xMotivo, cUF=cUF, dhRecbto=stamp(moment))
    return _root("retEnviNFe", f"{fields}<infRec>{_tags(nRec=number, tMed='1')}</infRec>")


def lot_result(cUF, moment, cStat, xMotivo, number, prots=""):
    """retConsReciNFe, with the protNFe of each document when it was processed."""
    fields = _tags(
        tpAmb="2", verAplic=VER_APLIC, nRec=number, cStat=cStat, xMotivo=xMotivo, cUF=cUF, dhRecbto=stamp(moment)
    )
    return _root("retConsReciNFe", fields + prots)


def status(cUF, moment, cStat, xMotivo):
    fields = _tags(
        tpAmb="2",
        verAplic=VER_APLIC,
        cStat=cStat,
        xMotivo=xMotivo,
        cUF=cUF,
        dhRecbto=stamp(moment),
        tMed="1",
        xObs=MARK,
    )
    return _root("retConsStatServ", fields)


def events(cUF, moment, cStat, xMotivo, results="", lot="0"):
    """retEnvEvento, layout 1.00, with the retEvento of each event."""
    fields = _tags(idLote=lot, tpAmb="2", verAplic=VER_APLIC, cOrgao=cUF, cStat=cStat, xMotivo=xMotivo)
    return f'<retEnvEvento xmlns="{NFE}" versao="1.00">{fields}{results}</retEnvEvento>'


def event(asked, cStat, xMotivo, number="", done="", orgao=""):
    """retEvento, without the namespace it inherits from its parent; ``number`` is the protocol of a registration."""
    identifier = f' Id="ID{number}"' if number else ""
    national = orgao or (asked.text("cOrgao") if asked.text("cOrgao") in {"91"} else "")
    fields = _tags(
        tpAmb="2",
        verAplic=VER_APLIC,
        cOrgao=orgao or asked.text("cOrgao"),
        cStat=cStat,
        xMotivo=xMotivo,
        chNFe=asked.key,
        tpEvento=asked.code,
        xEvento=done,
        nSeqEvento=str(asked.sequence),
        cOrgaoAutor=asked.key[:2] if national else "",
        dhRegEvento=stamp(asked.moment),
        nProt=number,
    )
    return f'<retEvento versao="1.00"><infEvento{identifier}>{fields}</infEvento></retEvento>'


def voiding(cUF, moment, cStat, xMotivo, asked=None, number=""):
    """retInutNFe; ``asked`` are the tags of the request's infInut."""
    repeated = {tag: (asked or {}).get(tag, "") for tag in ("ano", "CNPJ", "mod", "serie", "nNFIni", "nNFFin")}
    identifier = f' Id="ID{number}"' if number else ""
    head = {"tpAmb": "2", "verAplic": VER_APLIC, "cStat": cStat, "xMotivo": xMotivo, "cUF": cUF}
    fields = _tags(**head, **repeated, dhRecbto=stamp(moment), nProt=number)
    return _root("retInutNFe", f"<infInut{identifier}>{fields}</infInut>")


def registry(cUF, moment, cStat, xMotivo, asked, content=""):
    """retConsCad, layout 2.00; ``asked``: (UF, CNPJ or CPF or IE, its value)."""
    uf, kind, value = asked
    fields = _tags(
        verAplic=VER_APLIC, cStat=cStat, xMotivo=xMotivo, UF=uf, **{kind: value}, dhCons=stamp(moment), cUF=cUF
    )
    return f'<retConsCad xmlns="{NFE}" versao="2.00"><infCons>{fields}{content}</infCons></retConsCad>'


def contributor(line, details):
    """infCad of a line of the register; ``details`` by the layout's own tags, those of its address among them."""
    address = _tags(**{tag: details.get(tag, "") for tag in ("xLgr", "nro", "xCpl", "xBairro", "cMun", "xMun", "CEP")})
    fields = _tags(
        IE=line.ie,
        **{"CNPJ" if len(line.holder) == 14 else "CPF": line.holder},
        UF=line.uf,
        cSit="1" if line.active else "0",
        indCredNFe="1" if line.may_issue else "0",
        indCredCTe="4",
        xNome=details.get("xNome") or f"CONTRIBUINTE {line.holder}",
        **{tag: details.get(tag, "") for tag in ("xFant", "xRegApur", "CNAE", "dIniAtiv", "dUltSit", "dBaixa")},
    )
    return f"<infCad>{fields}{f'<ender>{address}</ender>' if address else ''}</infCad>"


def consultation(cUF, moment, cStat, xMotivo, key, prot="", events=""):
    fields = _tags(
        tpAmb="2", verAplic=VER_APLIC, cStat=cStat, xMotivo=xMotivo, cUF=cUF, dhRecbto=stamp(moment), chNFe=key
    )
    return _root("retConsSitNFe", fields + prot + events)
