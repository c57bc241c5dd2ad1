"""What the API's description says of every endpoint alike."""

from typing import Any

from cube_demper.kernel.problems import CONTENT_TYPE

_PROBLEM = {
    "type": "object",
    "description": "What went wrong: RFC 9457. `docs/problems.md` lists the codes.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "feature": {"type": "string", "description": "With 402: what the plan has not"},
        "limit": {"type": ["integer", "null"], "description": "With 402: how many it allows"},
        "current": {"type": ["integer", "null"], "description": "With 402: how many there are"},
        "plan": {"type": ["string", "null"], "description": "With 402: the plan that has it"},
        "addon": {"type": ["string", "null"], "description": "With 402: the add-on that brings it"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say that whatever is not described otherwise is answered with a problem document."""
    result["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    answer = {
        "description": "A problem document",
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("default", answer)
    return result
