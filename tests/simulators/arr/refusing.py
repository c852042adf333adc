"""How Radarr and Sonarr say no to what they are told."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Said = dict[str, Any]


@dataclass(frozen=True)
class No:
    property: str
    message: str
    value: object
    validator: str

    def told(self) -> Said:
        return {
            "propertyName": self.property,
            "errorMessage": self.message,
            "attemptedValue": self.value,
            "severity": "error",
            "errorCode": self.validator,
            "formattedMessageArguments": [],
            "formattedMessagePlaceholderValues": {
                "propertyName": self.property,
                "propertyValue": self.value,
            },
        }


def refused(*nos: No) -> web.HTTPBadRequest:
    body = json.dumps([no.told() for no in nos])
    return web.HTTPBadRequest(text=body, content_type="application/json")


def not_found() -> web.HTTPNotFound:
    body = json.dumps({"message": "NotFound"})
    return web.HTTPNotFound(text=body, content_type="application/json")
