"""The tests' own contract beside MediaNest's."""

import functools
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import google.api.http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, ServiceDescriptor
from grpc_tools import protoc

from gateway import rules
from tests.data import ROOT

_PROTOS = Path(__file__).parent / "protos"
_GOOGLE = Path(google.api.http_pb2.__file__).parents[2]
_WELL_KNOWN = Path(protoc.__file__).parent / "_proto"
_FILES = ("conformance/v1/conformance.proto", "conformance/v1/forms.proto")


@functools.cache
def conformance() -> ServiceDescriptor:
    """The service that the tests call, compiled when it is first asked for."""
    return _service(0, "ConformanceService")


@functools.cache
def forms() -> ServiceDescriptor:
    """Every form of a rule, for tests that need no server."""
    return _service(1, "FormsService")


def _service(file: int, name: str) -> ServiceDescriptor:
    return _pool().FindFileByName(_FILES[file]).services_by_name[name]


@functools.cache
def _pool() -> descriptor_pool.DescriptorPool:
    rules.services()
    for imported in ("any", "duration", "field_mask", "wrappers"):
        import_module(f"google.protobuf.{imported}_pb2")
    found = descriptor_pb2.FileDescriptorSet.FromString(_compiled())
    pool = descriptor_pool.Default()
    for file in found.file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def _compiled() -> bytes:
    folders = (_PROTOS, ROOT / "protos", _GOOGLE, _WELL_KNOWN)
    includes = [f"-I{folder}" for folder in folders]
    with tempfile.NamedTemporaryFile() as written:
        output = f"--descriptor_set_out={written.name}"
        assert protoc.main(["protoc", *includes, output, *_FILES]) == 0
        return Path(written.name).read_bytes()


def message(name: str) -> Any:
    """The class of a message of the tests' own contract."""
    return message_factory.GetMessageClass(descriptor(name))


def descriptor(name: str) -> Descriptor:
    return conformance().file.message_types_by_name[name]


def everything(**fields: Any) -> Any:
    return message("Everything")(**fields)
