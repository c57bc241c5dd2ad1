"""The description of the provider as a judge: of calls, of answers and of notifications."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_HOME = "urn:tiptoppay"
_JSON = "application~1json"
_OK = 200
# Fields that a form can only tell as text, by the types that the description names.
_TYPES = {"integer": int, "number": float}


class Contract:
    """Judges by the description in a file."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text())
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Any = Registry().with_resource(_HOME, resource)

    @property
    def paths(self) -> set[str]:
        return set(self._document["paths"])

    def judge_call(self, path: str, body: Any) -> None:
        """Raise where a call is not as described; unknown names are not."""
        described = self._template(path)
        self._judge(f"{_operation(described)}/requestBody/content/{_JSON}/schema", body)

    def judge_answer(self, path: str, status: int, body: bytes) -> None:
        """Raise where an answer is not as described."""
        described = self._template(path)
        assert str(status) in self._document["paths"][described]["post"]["responses"]
        if status == _OK:
            schema = f"{_operation(described)}/responses/200/content/{_JSON}/schema"
            self._judge(schema, json.loads(body))

    def judge_notification(self, kind: str, headers: dict[str, str], message: bytes) -> None:
        """Raise where a notification is not as described; what a form tells is text."""
        webhook = self._document["webhooks"][kind]["post"]
        for header in webhook["parameters"]:
            value = {name.lower(): headers[name] for name in headers}[header["name"].lower()]
            Draft202012Validator(header["schema"]).validate(value)
        name = webhook["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        fields = self._document["components"]["schemas"][name.rpartition("/")[2]]["properties"]
        if "json" in headers["Content-Type"]:
            told = json.loads(message)
        else:
            pairs = parse_qsl(message.decode(), keep_blank_values=True, strict_parsing=True)
            told = {name: _typed(fields.get(name, {}), value) for name, value in pairs}
        self._judge(name.removeprefix("#"), told)

    def _template(self, path: str) -> str:
        steps = path.strip("/").split("/")
        if steps[:2] == ["site", "notifications"]:
            steps[2] = "{Type}"
        template = f"/{'/'.join(steps)}"
        assert template in self.paths
        return template

    def _judge(self, pointer: str, instance: Any) -> None:
        schema = {"$ref": f"{_HOME}#{pointer}"}
        Draft202012Validator(schema, registry=self._registry).validate(instance)


def _operation(path: str) -> str:
    escaped = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    return f"/paths/{escaped}/post"


def _typed(described: dict[str, Any], value: str) -> Any:
    """A form's text as the type that is meant, where it is one."""
    kinds = [described, *described.get("anyOf", [])]
    for kind in kinds:
        read = _TYPES.get(kind.get("type", ""))
        if read is not None and value:
            return read(value)
    return value
