"""The published description of the provider as a judge of requests and answers."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_HOME = "urn:openai"


class Contract:
    """Validates by the schemas of the description in a file."""

    def __init__(self, path: Path) -> None:
        resource = Resource.from_contents(
            json.loads(path.read_text()), default_specification=DRAFT202012
        )
        self._registry: Any = Registry().with_resource(_HOME, resource)

    def judge(self, schema: str, instance: Any) -> None:
        """Raise where something is not as described."""
        reference = {"$ref": f"{_HOME}#/components/schemas/{schema}"}
        Draft202012Validator(reference, registry=self._registry).validate(instance)
