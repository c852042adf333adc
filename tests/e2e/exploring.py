"""Asks a running house whatever its own document says can be asked, and holds each
answer to the document."""

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway.openapi import Json

_CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# What fits its schema, and is wrong all the same.
_MEANING = {
    # Tokens are the list's own.
    "pageToken",
    # A film has none, and none is named twice.
    *("season", "seasons"),
    # Has a character that cannot be shown, or nothing but spaces.
    *("name", "login", "query", "reason", "text"),
    # Stands beside a title, or is not there either.
    *("keyword", "titleId"),
    # Are named, or all of them are meant.
    "ids",
    # Has two of one request.
    "decisions",
    # Is the kind that a target has where it names none; names what is not its kind's.
    *("webhook", "updateMask"),
    # Is not there, or is no folder's.
    "path",
    # Is no server's, or where none answers.
    *("address", "token", "kind", "libraryKeys", "signIn", "plex"),
    # Names no host, or an address that nobody may ask.
    "url",
    # Is no Radarr's, lacks a profile or a folder, or is of one that is kept.
    *("apiKey", "defaults", "animeDefaults", "isDefault", "fulfillerId"),
    # Has letters where no address has them.
    "email",
    # Is too little and not 0, or longer than the interval; 0 is no change.
    *("intervalS", "timeoutS", "retryIntervalS"),
    # Is one of those that are tried first.
    *("password", "newPassword"),
    # Is named by the mask, and not there.
    "role",
    # Has one that is none.
    "permissions",
    # Is a day that its month does not have, or comes before the beginning.
    *("since", "until", "yearTo", "ratingTo"),
    *("conditions.yearTo", "conditions.ratingTo", "conditions.sizeToGb"),
    # Has a character that cannot be shown, or nothing but spaces.
    *("roles", "userIds", "choices.tags", "choices.folder"),
    *(f"conditions.{name}" for name in ("userIds", "roles", "genresAny", "genresNone")),
    # Is any kind, which no rule need say.
    "conditions.kinds",
    # Is to be there where nothing is chosen.
    "approves",
    # Is for titles of the other kind, or of a list that is as it is.
    *("list", "networkId", "certification", "requestProfileId"),
}
_NEGATIVE: list[Any] = [negative_data_rejection]
# A batch is taken without its wrong titles, which the answer names.
_LENIENT = {"POST /v1/titles:import": _NEGATIVE}
_FOR_ALL_CALLS = {"X-Request-Timeout", "fields", "If-Match"}
_OPAQUE = {"pageToken", "after"}
_PATIENCE_S = 20
# The house may be slow where many work on one machine: it says so, and is asked again.
_TRIES = 5
_BUSY = {503, 504}
SignIn = Callable[[], str]


@dataclass
class Known:
    """What there is in the house, by the name of the parameter that says which."""

    values: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


@dataclass
class Tally:
    """What came of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    by_operation: dict[str, Counter[int]] = field(default_factory=dict)
    busy: int = 0
    complaints: list[str] = field(default_factory=list)

    def add(self, operation: str, status: int) -> None:
        self.statuses[status] += 1
        self.by_operation.setdefault(operation, Counter())[status] += 1

    def __str__(self) -> str:
        counts = ", ".join(f"{n} × {s}" for s, n in sorted(self.statuses.items()))
        return f"{self.statuses.total()} calls: {counts}; {self.busy} asked again"


class Explorer:
    """Makes up calls, and lets each visitor make them in turn."""

    def __init__(
        self, document: Json, base_url: str, known: Known, visitors: "Sequence[Visitor]"
    ) -> None:
        self._schema = schemathesis.openapi.from_dict(_explorable(document))
        self._schema.config.update(base_url=base_url)
        self._known = known
        self._visitors = visitors
        self._random = Random(0)

    def explore(self, examples: int) -> None:
        """So many cases of each operation that fit the document, and as many that do
        not."""
        for result in self._schema.get_all_operations():
            operation = result.ok()
            self._explore(operation, GenerationMode.POSITIVE, examples)
            if _takes_anything(operation):
                self._explore(operation, GenerationMode.NEGATIVE, examples)

    def _explore(
        self, operation: APIOperation, mode: GenerationMode, examples: int
    ) -> None:
        @seed(0)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            # In protobuf's JSON a field that is null is one that is left out. No text
            # has a NUL, which is said once for all.
            assume(not _has_null(case.body) and not _has_nul(case))
            if mode is GenerationMode.POSITIVE:
                self._lead_somewhere(case)
            _keep_inside(case)
            for visitor in self._visitors:
                if visitor.may_be_answered(case):
                    visitor.ask(case, mode)

        # Of some operations nothing can be wrong but the path.
        with suppress(Unsatisfiable):
            ask()

    def _lead_somewhere(self, case: Case) -> None:
        """Every other time, name what there is; nobody can make up a page token."""
        for place in (case.path_parameters, case.query, case.body):
            if not isinstance(place, dict):
                continue
            for name in place:
                there = self._known.values.get(_snake(name))
                if there and self._random.random() < 0.5:
                    place[name] = self._random.choice(there)
            for name in _OPAQUE.intersection(place):
                if self._random.random() < 0.8:
                    del place[name]


class Visitor:
    """Somebody, or nobody that the house knows. Who is signed out on the way signs in
    again."""

    def __init__(self, document: Json, known: Known, sign_in: SignIn | None) -> None:
        self.tally = Tally()
        self._document = document
        self._known = known
        self._sign_in = sign_in
        self._token = sign_in() if sign_in else ""
        self._http = requests.Session()
        self._children = _children(document)

    def may_be_answered(self, case: Case) -> bool:
        """Whether the answer ends: a stream does where it is refused."""
        answer = case.operation.definition.raw["responses"].get("200", {})
        return self._sign_in is None or not answer.get("x-stream")

    def ask(self, case: Case, mode: GenerationMode) -> None:
        """Make the call, hold the answer to the document, and keep what was made."""
        response = self._answer(case)
        if response.status_code == 401 and self._sign_in:
            self._token = self._sign_in()
            response = self._answer(case)
        name = str(case.operation.definition.raw["operationId"])
        self.tally.add(name, response.status_code)
        self._hold_to_document(case, response, mode)
        self._learn(case, response)

    def _answer(self, case: Case) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        for _ in range(_TRIES):
            response = case.call(
                session=self._http, headers=headers, timeout=_PATIENCE_S
            )
            if response.status_code not in _BUSY:
                break
            self.tally.busy += 1
        return response

    def _hold_to_document(
        self, case: Case, response: Any, mode: GenerationMode
    ) -> None:
        name, status = case.operation.label, response.status_code
        try:
            case.validate_response(
                response,
                checks=_CHECKS,
                # What is refused for its version is refused.
                excluded_checks=_NEGATIVE if status == 412 else _LENIENT.get(name),
            )
        except FailureGroup as group:
            self.tally.complaints.append(f"{name}: {group}")
        if told := self._undeclared(case, response):
            self.tally.complaints.append(f"{name}: {told} is not a declared reason")
        if not self._sign_in and status < 400 and _is_closed(case, self._document):
            self.tally.complaints.append(f"{name}: is open to anybody")
        if mode is GenerationMode.POSITIVE and status == 400:
            wrong = {each["field"] for each in response.json()["errors"]}
            if not wrong or not wrong <= _MEANING:
                self.tally.complaints.append(f"{name}: refuses {wrong} of {case.body}")

    def _undeclared(self, case: Case, response: Any) -> str:
        """A reason that the document does not name for this operation."""
        responses = case.operation.definition.raw["responses"]
        declared = responses.get(str(response.status_code), {})
        if reference := declared.get("$ref"):
            name = reference.rpartition("/")[2]
            declared = self._document["components"]["responses"][name]
        if response.status_code <= 400 or "x-reasons" not in declared:
            return ""
        told = str(response.json().get("reason"))
        return "" if told in declared["x-reasons"] else told

    def _learn(self, case: Case, response: Any) -> None:
        """What was made can be named from now on."""
        child = self._children.get(case.path)
        if case.method != "POST" or response.status_code != 200 or not child:
            return
        made = response.json()
        made = made.get("key", made)
        if value := made.get("id") or made.get("code"):
            self._known.add(child, value)


def _takes_anything(operation: APIOperation) -> bool:
    raw = operation.definition.raw
    return bool(raw["parameters"] or "requestBody" in raw)


def _is_closed(case: Case, document: Json) -> bool:
    return bool(document["paths"][case.path][case.method.lower()]["security"])


def _children(document: Json) -> dict[str, str]:
    """By the path of a collection, the parameter that names one of it."""
    found = {}
    for path in document["paths"]:
        parent, _, last = path.rpartition("/")
        if last.startswith("{") and last.endswith("}"):
            found[parent] = last[1:-1]
    return found


def _keep_inside(case: Case) -> None:
    """Nobody outside of this machine is asked whether they are up."""
    url = case.body.get("url") if isinstance(case.body, dict) else None
    if isinstance(url, str) and url.startswith(("http:", "https:", "tcp:")):
        case.body["url"] = f"http://127.0.0.1:9/{len(url)}"


def _has_nul(case: Case) -> bool:
    return "\\x00" in repr((case.body, case.query, case.path_parameters))


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return value is None or (isinstance(value, list) and any(map(_has_null, value)))


def _explorable(document: Json) -> Json:
    """Without what a visitor decides for all calls: who asks, with how much patience,
    and for which part of an answer."""
    shown: Json = copy.deepcopy(document)
    for operations in shown["paths"].values():
        for operation in operations.values():
            del operation["security"]
            operation["parameters"] = [
                each
                for each in operation["parameters"]
                if each.get("$ref", "").rpartition("/")[2] not in _FOR_ALL_CALLS
            ]
    return shown


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def signing_in(
    base_url: str, login: str, password: str, *, unlock_path: str, warden: str
) -> SignIn:
    """Whoever has guessed too often at their own password is let in again by the
    warden, whose token that is."""

    def post(path: str, body: Json | None, **headers: str) -> requests.Response:
        url = base_url + path
        return requests.post(url, json=body, headers=headers, timeout=_PATIENCE_S)

    def sign_in() -> str:
        asked = {"login": login, "password": password}
        answer = post("/v1/sessions", asked)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            unlocked = post(unlock_path, None, Authorization=f"Bearer {warden}")
            assert unlocked.status_code == HTTPStatus.NO_CONTENT, unlocked.text
            answer = post("/v1/sessions", asked)
        return str(answer.json()["token"])

    return sign_in
