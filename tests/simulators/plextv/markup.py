"""The same answers in XML, which plex.tv speaks to whoever does not ask for JSON."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

_ENTRIES = {
    "resources": "resource",
    "connections": "connection",
    "features": "feature",
    "entitlements": "entitlement",
    "roles": "role",
    "services": "service",
    "errors": "error",
}


def xml(tag: str, said: Any) -> bytes:
    root = Element(tag)
    _fill(root, tag, said)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _fill(element: Element, tag: str, said: Any) -> None:
    if isinstance(said, list):
        for each in said:
            entry = SubElement(element, _ENTRIES.get(tag, tag))
            _fill(entry, entry.tag, each if isinstance(each, dict) else {"id": each})
        return
    for name, value in said.items():
        if isinstance(value, list) and name not in _ENTRIES:
            # Old answers have their entries beside one another.
            for each in value:
                _fill(SubElement(element, name), name, each)
        elif isinstance(value, dict | list):
            _fill(SubElement(element, name), name, value)
        else:
            element.set(name, _text(value))
    if "subscribedAt" in element.attrib:
        # In XML alone this time has another form.
        at = element.attrib["subscribedAt"]
        element.set("subscribedAt", at.replace("T", " ").replace("Z", " UTC"))


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
