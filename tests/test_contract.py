"""The contract keeps its own promises."""

from importlib import import_module
from pathlib import Path

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor

from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from tests.data import ROOT


def services() -> list[ServiceDescriptor]:
    found: list[ServiceDescriptor] = []
    for path in sorted((ROOT / "protos" / "medianest").rglob("*.proto")):
        name = ".".join(path.relative_to(ROOT / "protos").with_suffix("").parts)
        module = import_module(f"{name}_pb2")
        found.extend(module.DESCRIPTOR.services_by_name.values())
    return found


METHODS = [method for service in services() for method in service.methods]


def label(method: MethodDescriptor) -> str:
    return method.full_name.removeprefix("medianest.")


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_every_rpc_has_a_rest_form_and_a_policy(method: MethodDescriptor) -> None:
    http = method.GetOptions().Extensions[annotations_pb2.http]
    policy = method.GetOptions().Extensions[policy_pb2.policy]

    assert http.WhichOneof("pattern")
    assert policy.deadline_ms > 0 or method.server_streaming
    assert bool(policy.access) != bool(policy.permission)


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_only_reads_are_remembered_and_only_writes_drop(
    method: MethodDescriptor,
) -> None:
    http = method.GetOptions().Extensions[annotations_pb2.http]
    policy = method.GetOptions().Extensions[policy_pb2.policy]
    reads = http.WhichOneof("pattern") == "get"

    assert reads or not policy.HasField("cache")
    assert not (reads and policy.drops)


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_what_is_remembered_can_be_forgotten(method: MethodDescriptor) -> None:
    policy = method.GetOptions().Extensions[policy_pb2.policy]

    if policy.HasField("cache"):
        assert policy.cache.tags
        assert policy.cache.max_age_s > 0


def shown(message: Descriptor) -> set[str]:
    """The names of all messages that a message may hold, and its own."""
    found: set[str] = set()
    waiting = [message]
    while waiting:
        each = waiting.pop()
        if each.full_name not in found:
            found.add(each.full_name)
            waiting += [
                field.message_type for field in each.fields if field.message_type
            ]
    return found


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_an_answer_with_titles_in_it_is_forgotten_when_titles_change(
    method: MethodDescriptor,
) -> None:
    policy = method.GetOptions().Extensions[policy_pb2.policy]

    if "medianest.media.v1.Title" in shown(method.output_type) and policy.cache.tags:
        assert {"titles", "libraries"} <= set(policy.cache.tags)


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_every_list_has_a_bound_and_a_next_page(method: MethodDescriptor) -> None:
    if method.name.startswith("List"):
        assert {"page_size", "page_token"} <= set(method.input_type.fields_by_name)
        assert "next_page_token" in method.output_type.fields_by_name


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_no_number_reaches_javascript_as_a_string(method: MethodDescriptor) -> None:
    """proto3 JSON prints 64-bit integers as strings: only words of bits may be."""
    wide = [
        field.name
        for field in method.output_type.fields
        if field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64)
    ]
    assert wide in ([], ["permissions"])


@pytest.mark.parametrize("method", METHODS, ids=label)
def test_what_has_a_version_is_changed_in_the_version_that_was_seen(
    method: MethodDescriptor,
) -> None:
    http = method.GetOptions().Extensions[annotations_pb2.http]
    changes = http.WhichOneof("pattern") != "get" and not method.name.startswith(
        "Create"
    )
    told = method.output_type.fields_by_name.get("version")
    taken = method.input_type.fields_by_name.get("if_version")

    for field in (told, taken):
        assert field is None or field.cpp_type == field.CPPTYPE_INT32
    if changes and told:
        assert taken
    if taken:
        assert told or method.output_type.name == "Empty"


def test_the_policies_are_read_as_they_are_written() -> None:
    found = policies(services(), policy_pb2.policy)

    listing = found["/medianest.media.v1.RequestsService/ListMediaRequests"]
    assert len(found) == len(METHODS)
    assert listing.message.deadline_ms == 300
    assert not listing.is_public


def test_generated_code_stands_beside_every_proto() -> None:
    protos = (ROOT / "protos" / "medianest").rglob("*.proto")
    generated = ROOT / "protos" / "gen" / "medianest"

    missing = [
        path.name
        for path in protos
        if not Path(
            generated / path.relative_to(ROOT / "protos" / "medianest").parent,
            path.stem + "_pb2.py",
        ).exists()
    ]
    assert missing == []
