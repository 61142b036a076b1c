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


def consultation(cUF, moment, cStat, xMotivo, key, prot=""):
    fields = _tags(
        tpAmb="2", verAplic=VER_APLIC, cStat=cStat, xMotivo=xMotivo, cUF=cUF, dhRecbto=stamp(moment), chNFe=key
    )
    return _root("retConsSitNFe", fields + prot)
