"""What a picture says of its origin in XMP, the way that other programs read it: IPTC's digital source type, and whose
the pictures are that went in.

IPTC Photo Metadata Standard 2023.1 and its vocabulary, https://cv.iptc.org/newscodes/digitalsourcetype/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
"""A picture that somebody brought, changed by a trained network; and pages on which there are such pictures."""
TRAINED = "trainedAlgorithmicMedia"
"""Made by a trained network out of noise or of labels."""
ALGORITHMIC = "algorithmicMedia"
"""Made by rules that were written, not trained."""

# Where a PNG has it: XMP Specification part 3, 1.1.5.
PNG_KEYWORD = "XML:com.adobe.xmp"
_MOST_CHARACTERS = 2000
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xmp_packet(source: str | None, owners: Iterable[tuple[str, str]] = ()) -> str:
    """An XMP packet, without any date; empty where there is nothing to say.

    source: one of the types above, None for a picture that is no such. owners: credit and licence, each of which may
    be empty, of the pictures that went in.
    """
    owners = [owner for owner in dict.fromkeys(owners) if any(owner)]
    credit = _joined(credit for credit, _ in owners)
    rights = _joined(f"{credit} ({licence})" if credit and licence else credit or licence for credit, licence in owners)
    said = []
    if source:
        said.append(f"<Iptc4xmpExt:DigitalSourceType>{VOCABULARY}{source}</Iptc4xmpExt:DigitalSourceType>")
    if credit:
        said.append(f"<photoshop:Credit>{credit}</photoshop:Credit>")
    if rights:
        said.append(f'<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{rights}</rdf:li></rdf:Alt></dc:rights>')
    if not said:
        return ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"{''.join(said)}</rdf:Description></rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )


def source_of(packet: bytes | str) -> str | None:
    """The digital source type of an XMP packet, ours or another's; None where it has none."""
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else packet
    found = re.search(rf"DigitalSourceType[^<]{{0,100}}{re.escape(VOCABULARY)}([A-Za-z]{{1,60}})", text[: 1 << 20])
    return found[1] if found else None


def _joined(texts: Iterable[str]) -> str:
    text = "; ".join(dict.fromkeys(filter(None, texts)))
    return escape(_NO_XML.sub("", text)[:_MOST_CHARACTERS])
