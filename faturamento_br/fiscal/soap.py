"""SOAP envelopes as bytes: a payload put in untouched, an answer taken out exactly."""

from xml.parsers import expat

from lxml import etree

_NAMESPACES = ("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/")
_MARK = b"<payload/>"


class NotSoapError(ValueError):
    """The bytes are not a SOAP answer."""


class FaultError(ValueError):
    """The answer is a SOAP fault; its reason is the text."""


def around(envelope: etree._Element, payload: bytes) -> bytes:
    """The message to send: ``envelope`` as zeep made it, with ``payload``'s bytes in place of its one payload element.

    The message element is written without prefix: MS refuses prefixes there (cStat 404 and 587).
    """
    [body] = [child for child in envelope if etree.QName(child).localname == "Body"]
    [message] = body
    body.remove(message)
    plain = etree.SubElement(body, message.tag, nsmap={None: etree.QName(message).namespace})
    plain.append(etree.Element("payload", nsmap={}))
    head, mark, tail = etree.tostring(envelope).replace(b'<payload xmlns=""/>', _MARK).partition(_MARK)
    if not mark:
        raise ValueError("The envelope has no place for the payload.")
    return b'<?xml version="1.0" encoding="UTF-8"?>' + head + payload + tail


def parse(xml: bytes) -> etree._Element:
    """The root of ``xml`` from outside: no document type, so no entities, and nothing is fetched.

    :raises NotSoapError: it is not well-formed or has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise NotSoapError(f"not XML: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise NotSoapError("it declares a document type")
    return root


def result(answer: bytes) -> etree._Element:
    """The element inside the result of a SOAP 1.2 or 1.1 answer (retEnviNFe, retConsSitNFe...).

    :raises FaultError: it is a SOAP fault.
    :raises NotSoapError: it is something else.
    """
    root = parse(answer)
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in _NAMESPACES:
        raise NotSoapError(f"its root is {name.localname}")
    [message] = _elements(root.find(f"{{{name.namespace}}}Body"))[:1] or [None]
    if message is not None and message.tag == f"{{{name.namespace}}}Fault":
        raise FaultError(" ".join(" ".join(message.itertext()).split())[:500])
    content = _elements(message)
    if len(content) != 1:
        raise NotSoapError("its body holds no result")
    return content[0]


def exact(answer: bytes, element: etree._Element) -> bytes:
    """``element``, parsed from ``answer``, as the bytes it had there, to be put into a document whose default namespace
    is the element's. Elements of its name may stand beside it (a lot's protocols), not around it.

    If it leaned on a prefix or an encoding declared outside of it, the same element written anew, without prefixes.
    """
    found = _slice(answer, element)
    holder = f'<x xmlns="{etree.QName(element).namespace}">'.encode() + found + b"</x>"
    try:
        [copy] = parse(holder)
    except ValueError:
        return _anew(element)
    same = etree.tostring(copy, method="c14n", exclusive=True) == etree.tostring(element, method="c14n", exclusive=True)
    return found if same and not element.prefix else _anew(element)


def _anew(element: etree._Element) -> bytes:
    root = etree.Element(element.tag, element.attrib, {None: etree.QName(element).namespace})
    _copy_into(root, element)
    return etree.tostring(root, encoding="unicode").encode()


def _copy_into(target: etree._Element, source: etree._Element) -> None:
    target.text = source.text
    for child in _elements(source):
        copy = etree.SubElement(target, child.tag, child.attrib, {None: etree.QName(child).namespace})
        _copy_into(copy, child)
        copy.tail = child.tail


def _slice(document: bytes, element: etree._Element) -> bytes:
    """The bytes from ``element``'s start tag to the end tag that closes it."""
    name = etree.QName(element)
    twins = (one for one in element.getroottree().iter(element.tag) if next(one.iterancestors(one.tag), None) is None)
    place = next(n for n, one in enumerate(twins) if one is element)
    wanted = f"{name.namespace} {name.localname}"
    parser = expat.ParserCreate(namespace_separator=" ")
    span: list[int] = []
    depth = 0

    def start(tag, attributes):
        nonlocal depth
        if tag == wanted:
            depth += 1
            if depth == 1:
                span.append(parser.CurrentByteIndex)

    def end(tag):
        nonlocal depth
        if tag == wanted:
            depth -= 1
            if depth == 0:
                span.append(document.index(b">", parser.CurrentByteIndex) + 1)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(document, True)
    return document[span[2 * place] : span[2 * place + 1]]


def _elements(parent: etree._Element | None) -> list[etree._Element]:
    """The child elements, without comments and processing instructions."""
    return [] if parent is None else [child for child in parent if isinstance(child.tag, str)]
