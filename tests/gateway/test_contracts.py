"""What a contract may say: with what could never be answered, nothing starts."""

from typing import Any

import pytest
from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor

from gateway.paths.templates import TemplateWrong
from gateway.rules import ContractWrong, rules

Field = descriptor_pb2.FieldDescriptorProto
NESTED = http_pb2.HttpRule(get="/b", additional_bindings=[{"get": "/c"}])


def service(
    rule: dict[str, Any], *, client_streaming: bool = False
) -> ServiceDescriptor:
    file = descriptor_pb2.FileDescriptorProto(
        name="asked.proto", package="asked.v1", syntax="proto3"
    )
    asked = file.message_type.add(name="Asked")
    asked.field.add(name="text", number=1, type=Field.TYPE_STRING, label=1)
    asked.field.add(name="long_text", number=2, type=Field.TYPE_STRING, label=1)
    asked.field.add(name="texts", number=3, type=Field.TYPE_STRING, label=3)
    inner = asked.field.add(name="inner", number=4, type=Field.TYPE_MESSAGE, label=1)
    inner.type_name = ".asked.v1.Asked"
    method = file.service.add(name="AskedService").method.add(name="Ask")
    method.input_type = method.output_type = ".asked.v1.Asked"
    method.client_streaming = client_streaming
    method.options.Extensions[annotations_pb2.http].CopyFrom(http_pb2.HttpRule(**rule))
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindServiceByName("asked.v1.AskedService")


@pytest.mark.parametrize(
    "rule",
    [
        *({each: "/a"} for each in ("get", "put", "post", "delete", "patch")),
        {"custom": {"kind": "*", "path": "/a"}},
        {"custom": {"kind": "head", "path": "/a"}},
        {"delete": "/a", "body": "*"},
        {"patch": "/a/{inner.text}", "body": "inner"},
        {"get": "/a/{inner.inner.long_text}", "response_body": "texts"},
        {"get": "/a", "additional_bindings": [{"get": "/b"}, {"put": "/a"}]},
    ],
)
def test_a_rule_that_can_be_answered_is_one(rule: dict[str, Any]) -> None:
    assert list(rules([service(rule)]))


@pytest.mark.parametrize(
    "rule",
    [
        {"get": "/a", "additional_bindings": [NESTED]},
        {"get": "/a", "additional_bindings": [{}]},
        {"custom": {"kind": "", "path": "/a"}},
        *({"custom": {"kind": k, "path": "/a"}} for k in ("OPTIONS", "connect")),
        *({"get": f"/a/{{{name}}}"} for name in ("none", "texts", "inner", "longText")),
        {"get": "/a/{text.inner}"},
        {"get": "/a/{inner.texts}"},
        *({"post": "/a", "body": name} for name in ("none", "inner.text", "longText")),
        {"get": "/a", "body": "*"},
        {"custom": {"kind": "HEAD", "path": "/a"}, "body": "inner"},
        {"post": "/a/{text}", "body": "text"},
        {"get": "/a", "response_body": "none"},
    ],
)
def test_a_rule_that_cannot_be_answered_stops_the_start(
    rule: dict[str, Any],
) -> None:
    with pytest.raises(ContractWrong):
        list(rules([service(rule)]))


@pytest.mark.parametrize("path", ["a", "/a/**/b", "/a/{text=**}/b", "/%zz", "/%2A"])
def test_a_path_that_is_none_stops_the_start(path: str) -> None:
    with pytest.raises(TemplateWrong):
        list(rules([service({"get": path})]))


def test_a_client_s_stream_cannot_be_asked() -> None:
    with pytest.raises(ContractWrong):
        list(rules([service({"get": "/a"}, client_streaming=True)]))
