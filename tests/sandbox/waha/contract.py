"""The published description of WAHA as a judge of what the stand-in answers and tells."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_HOME = "urn:waha"
_COMPONENTS = f"{_HOME}#/components/schemas"
# Refusals that the framework underneath makes anywhere, whether they are published or not.
_ANYWHERE = {400, 401, 403, 404, 501}
_OK = 200
_BROKEN: dict[str, Any] = {"$ref": f"{_COMPONENTS}/ErrorInternal"}
# Paths that only the unabridged description has.
_CHATS = "/api/{session}/chats"
_MORE: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", f"{_CHATS}/{{chatId}}/messages"): {"items": {"$ref": f"{_COMPONENTS}/WAMessage"}},
    ("GET", "/api/{session}/lids"): {"items": {"$ref": f"{_COMPONENTS}/LidToPhoneNumber"}},
    ("GET", f"{_CHATS}/overview"): {
        "items": {"required": ["id", "name", "picture", "lastMessage", "_chat"]}
    },
    ("GET", _CHATS): {"items": {"required": ["id"]}},
}


class Contract:
    """Validates by the description in a file."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text())
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Any = Registry().with_resource(_HOME, resource)

    @property
    def operations(self) -> set[tuple[str, str]]:
        paths: dict[str, dict[str, Any]] = self._document["paths"]
        return {(method.upper(), path) for path, methods in paths.items() for method in methods}

    def judge_answer(
        self, method: str, path: str, status: int, content_type: str, body: bytes
    ) -> tuple[str, str] | None:
        """Raise where an answer is not as described; give the operation it belongs to."""
        operation = self._operation(method, path)
        if operation is None:
            if (more := _more(method, path)) and status not in _ANYWHERE:
                listed = {"type": "array", **_MORE[more]}
                self._judge(listed if status == _OK else _BROKEN, json.loads(body))
            return None
        schema = self._answer_schema(operation, status, content_type)
        if schema is not None:
            self._judge(schema, json.loads(body) if body else None)
        return operation

    def judge_request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes
    ) -> tuple[str, str] | None:
        """Raise where a request is not as described; give the operation it asks for.

        ``None``: it is one of those that only the unabridged description has.
        """
        operation = self._operation(method, path)
        if operation is None:
            assert _more(method, path) or _is_one_message(path), f"{method} {path} is not described"
            return None
        asked, template = operation
        described = self._document["paths"][template][asked.lower()]
        known = {one["name"]: one for one in described.get("parameters", []) if "name" in one}
        in_query = {name: one for name, one in known.items() if one["in"] == "query"}
        required = {name for name, one in in_query.items() if one.get("required")}
        assert required <= set(query) <= set(in_query), f"{method} {path} asks {sorted(query)}"
        if "requestBody" in described:
            where = f"{_HOME}#/paths/{_escaped(template)}/{asked.lower()}/requestBody"
            schema = {"$ref": f"{where}/content/{_escaped('application/json')}/schema"}
            self._judge(schema, json.loads(body) if body else {})
        return operation

    def judge_event(self, envelope: dict[str, Any]) -> None:
        """Raise where a webhook is not as described."""
        at = f"{_HOME}#/webhooks/{envelope['event']}/post/requestBody/content/application~1json"
        self._judge({"$ref": f"{at}/schema"}, envelope)

    def _operation(self, method: str, path: str) -> tuple[str, str] | None:
        found = [
            (asked, template)
            for asked, template in self.operations
            if asked == method and _fits(template, path)
        ]
        return min(found, key=lambda one: one[1].count("{"), default=None)

    def _answer_schema(
        self, operation: tuple[str, str], status: int, content_type: str
    ) -> dict[str, Any] | None:
        method, path = operation
        described = self._document["paths"][path][method.lower()]["responses"]
        if str(status) not in described:
            assert status in _ANYWHERE, f"{method} {path} is not described to answer {status}"
            return {"$ref": f"{_COMPONENTS}/ErrorHttp"}
        where = f"{_HOME}#/paths/{_escaped(path)}/{method.lower()}/responses/{status}"
        answer = described[str(status)]
        if "$ref" in answer:
            where = _HOME + answer["$ref"]
            answer = self._document["components"]["responses"][where.rpartition("/")[2]]
        if "content" not in answer or content_type == "image/png":
            return None
        return {"$ref": f"{where}/content/{_escaped('application/json')}/schema"}

    def _judge(self, schema: dict[str, Any], instance: Any) -> None:
        Draft202012Validator(schema, registry=self._registry).validate(instance)


def _more(method: str, path: str) -> tuple[str, str] | None:
    found = (one for one in _MORE if one[0] == method and _fits(one[1], path))
    return min(found, key=lambda one: one[1].count("{"), default=None)


def _is_one_message(path: str) -> bool:
    return _fits(f"{_CHATS}/{{chatId}}/messages/{{messageId}}", path)


def _fits(template: str, path: str) -> bool:
    parts, steps = template.split("/"), path.split("/")
    return len(parts) == len(steps) and all(
        part.startswith("{") or part == step for part, step in zip(parts, steps, strict=True)
    )


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
