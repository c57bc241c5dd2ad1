"""Read a price list in XML piece by piece, and say on which line everything stands."""

from collections.abc import Iterable, Iterator
from itertools import chain
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from typing_extensions import override

from kaspi.errors import FileUnreadable
from kaspi.price_list.model import ROOT, Head, RawEntry

_TEXTS = {"model", "brand", "price"}
_LONGEST_TEXT = 10_000
_MOST_PARTS = 10_000  # elements of one product
_DEEPEST = 16
_MOST_STRAYS = 1000
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n"


class Document(ContentHandler):
    """A document as it is being read. ``elements`` are the children of the root, as they came."""

    def __init__(self) -> None:
        super().__init__()
        self._parser = DefusedExpatParser(forbid_dtd=True)
        self._parser.setContentHandler(self)
        self.root = ""
        self.root_attributes: dict[str, str] = {}
        self.company = ""
        self.merchant_id = ""
        self.elements: list[str] = []
        self.strays: list[tuple[int, str]] = []  # elements that have no place there, and where
        self._path: list[str] = []
        self._entry: RawEntry | None = None
        self._parts = 0  # elements of the entry so far
        self._city_id = ""
        self._text: list[str] = []
        self._ready: list[RawEntry] = []

    @property
    def head(self) -> Head:
        return Head(company=self.company, merchant_id=self.merchant_id)

    def entries(self, blocks: Iterable[bytes]) -> Iterator[RawEntry]:
        """Read the document, giving each product as soon as it is whole.

        Raises FileUnreadable, after everything that stood before the fault was given.
        """
        for block in chain(_without_mark(blocks), [None]):
            fault = self._fed(block)
            ready, self._ready = self._ready, []
            yield from ready
            if fault is not None:
                raise fault

    def _fed(self, block: bytes | None) -> FileUnreadable | None:
        """Read on, or end; return what is wrong with the document, if anything is."""
        try:
            if block is None:
                self._parser.close()
            else:
                self._parser.feed(block)
        except SAXParseException as error:
            return FileUnreadable(f"Line {error.getLineNumber()}: {error.getMessage()}.")
        except (SAXException, DefusedXmlException, LookupError) as error:
            return FileUnreadable(f"Line {self._line()}: {error}")
        return None

    def _line(self) -> int:
        return int(self._parser.getLineNumber() or 1)

    @override
    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        name = name.rpartition(":")[2]
        self._path.append(name)
        self._text = []
        self._parts += 1
        if len(self._path) > _DEEPEST or (self._entry and self._parts > _MOST_PARTS):
            raise SAXException("there is more inside than any product has")
        match self._path:
            case [_]:
                self.root = name
                self.root_attributes = _attributes(attrs)
            case [_, _]:
                self.elements.append(name)
            case [_, "offers", "offer"]:
                self._entry, self._parts = RawEntry(self._line()), 0
                self._entry.sku = _attributes(attrs).get("sku")
            case [_, "offers", "offer", _] if self._entry:
                self._entry.children.append(name)
            case [_, "offers", "offer", "availabilities", "availability"] if self._entry:
                self._entry.availabilities.append(_attributes(attrs))
            case [_, "offers", "offer", "cityprices", "cityprice"]:
                self._city_id = _attributes(attrs).get("cityId", "").strip()
            case _ if len(self.strays) < _MOST_STRAYS:
                self.strays.append((self._line(), name))

    @override
    def characters(self, content: str) -> None:
        if sum(map(len, self._text)) + len(content) > _LONGEST_TEXT:
            raise SAXException("a text has no end")
        if content.strip() or self._text:
            self._text.append(content)

    @override
    def endElement(self, name: str) -> None:
        text = "".join(self._text).strip()
        match self._path:
            case [_, "company"]:
                self.company = text
            case [_, "merchantid"]:
                self.merchant_id = text
            case [_, "offers", "offer"] if self._entry:
                self._ready.append(self._entry)
                self._entry = None
            case [_, "offers", "offer", element] if self._entry and element in _TEXTS:
                self._entry.texts[element] = text
            case [_, "offers", "offer", "cityprices", "cityprice"] if self._entry:
                self._entry.city_prices.append((self._city_id, text))
        self._path.pop()
        self._text = []


def read_entries(blocks: Iterable[bytes]) -> Iterator[RawEntry]:
    """Read only the products of a price list. Raises FileUnreadable, also for another document."""
    document = Document()
    yield from document.entries(blocks)
    if document.root != ROOT:
        raise FileUnreadable(f"The document is a <{document.root}>, not a <{ROOT}>.")


def _attributes(attrs: AttributesImpl) -> dict[str, str]:
    return {name: str(attrs.getValue(name)) for name in attrs.getNames()}


def _without_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Drop byte order marks and white space before the first character: Kaspi's files have some."""
    is_before = True
    for block in blocks:
        rest = block.lstrip(_BEFORE_XML) if is_before else block
        if rest:
            is_before = False
            yield rest
