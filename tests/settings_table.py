"""`python -m tests.settings_table`: writes the settings into docs/operations.md."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from gateway.settings import Settings as Gateway
from launcher.settings import Settings as Launcher
from services.auth.settings import Settings as Auth
from services.media.settings import Settings as Media
from services.status.settings import Settings as Status
from tests.data import ROOT

PAGE = ROOT / "docs" / "operations.md"
_BETWEEN = re.compile(r"(?<=<!-- settings -->\n).*(?=<!-- /settings -->)", re.DOTALL)
_PROCESSES: dict[str, type[BaseSettings]] = {
    "The launcher (`medianest up`)": Launcher,
    "The gateway": Gateway,
    "auth": Auth,
    "media": Media,
    "status": Status,
}


def tables() -> str:
    """A Markdown table for each process, from the settings' own classes."""
    return "\n".join(_table(title, kind) for title, kind in _PROCESSES.items())


def written(page: Path = PAGE) -> str:
    """What the page says now."""
    found = _BETWEEN.search(page.read_text())
    assert found is not None, "docs/operations.md has lost its settings markers"
    return found[0]


def _table(title: str, kind: type[BaseSettings]) -> str:
    meanings = _meanings(kind)
    lines = [f"### {title}\n", "| Setting | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in kind.model_fields.items():
        setting = f"{kind.model_config.get('env_prefix', '')}{name}".upper()
        lines.append(f"| `{setting}` | {_default(field)} | {meanings.get(name, '')} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "see Meaning"
    if field.default is PydanticUndefined:
        return "required"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = value.relative_to(ROOT)
    return "none" if value is None or value == "" else f"`{value}`"


def _meanings(kind: type[BaseSettings]) -> dict[str, str]:
    """The string below each field, or its Field's description."""
    found = {
        name: field.description
        for name, field in kind.model_fields.items()
        if field.description
    }
    for each in reversed(kind.__mro__[: kind.__mro__.index(BaseSettings)]):
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
            ):
                found[field.target.id] = " ".join(str(text.value.value).split())
    return found


def main() -> None:
    PAGE.write_text(_BETWEEN.sub(lambda _: tables(), PAGE.read_text()))


if __name__ == "__main__":
    main()
