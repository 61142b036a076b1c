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


def consultation(cUF, moment, cStat, xMotivo, key, prot="", events=""):
    fields = _tags(
        tpAmb="2", verAplic=VER_APLIC, cStat=cStat, xMotivo=xMotivo, cUF=cUF, dhRecbto=stamp(moment), chNFe=key
    )
    return _root("retConsSitNFe", fields + prot + events)
