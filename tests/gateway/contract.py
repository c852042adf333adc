"""The tests' own contract beside MediaNest's."""

import functools
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import google.api.http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import (
    Descriptor,
    FileDescriptor,
    ServiceDescriptor,
)
from grpc_tools import protoc

from gateway import rules
from tests.data import ROOT

_PROTOS = Path(__file__).parent / "protos"
_GOOGLE = Path(google.api.http_pb2.__file__).parents[2]
_WELL_KNOWN = Path(protoc.__file__).parent / "_proto"
_CONFORMANCE = "conformance/v1/conformance.proto"
_FORMS = "conformance/v1/forms.proto"
_COMPOSITE = "composite/v1/composite.proto"


def services() -> list[ServiceDescriptor]:
    """All services of the tests' own that are called."""
    return [conformance(), *composite()]


@functools.cache
def conformance() -> ServiceDescriptor:
    """The service that the tests call, compiled when it is first asked for."""
    for imported in ("any", "duration", "field_mask", "wrappers"):
        import_module(f"google.protobuf.{imported}_pb2")
    import_module("google.api.httpbody_pb2")
    return compiled(_PROTOS, _CONFORMANCE).services_by_name["ConformanceService"]


@functools.cache
def forms() -> ServiceDescriptor:
    """Every form of a rule, for tests that need no server."""
    conformance()
    return compiled(_PROTOS, _FORMS).services_by_name["FormsService"]


@functools.cache
def composite() -> list[ServiceDescriptor]:
    """The services of protos/composite."""
    return list(compiled(_PROTOS, _COMPOSITE).services_by_name.values())


def composite_text() -> str:
    return (_PROTOS / _COMPOSITE).read_text()


def compiled(folder: Path, file: str) -> FileDescriptor:
    """A file of a contract. Its name and its package are nobody else's."""
    rules.services()
    folders = (folder, ROOT / "protos", _GOOGLE, _WELL_KNOWN)
    includes = [f"-I{folder}" for folder in folders]
    with tempfile.NamedTemporaryFile() as written:
        output = f"--descriptor_set_out={written.name}"
        assert protoc.main(["protoc", *includes, output, file]) == 0
        made = Path(written.name).read_bytes()
    found = descriptor_pb2.FileDescriptorSet.FromString(made)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(found.file[0].SerializeToString())
    return pool.FindFileByName(file)


def message(name: str) -> Any:
    """The class of a message of the tests' own contract."""
    return class_of(descriptor(name))


def class_of(kind: Descriptor) -> Any:
    return message_factory.GetMessageClass(kind)


def descriptor(name: str) -> Descriptor:
    return conformance().file.message_types_by_name[name]


def everything(**fields: Any) -> Any:
    return message("Everything")(**fields)
