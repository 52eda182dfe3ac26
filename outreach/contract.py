"""The interface for programs, arranged for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from outreach.foundation import clock
from outreach.sites.codelists import CodeLists

_METHODS = ("get", "post", "put", "patch", "delete")

Spec = Mapping[str, Any]


def described(spec: Spec, lists: CodeLists) -> dict[str, Any]:
    """Return the document with the codes that each coded field takes today as `x-codes`.

    They are told, not enforced by the schema: lists are data, and a code that was valid when
    something happened is valid for it for ever.
    """
    today = clock.today()

    def told(node: Any) -> Any:
        if isinstance(node, list):
            return [told(each) for each in node]
        if not isinstance(node, Mapping):
            return node
        copy = {name: told(value) for name, value in node.items()}
        if listed := node.get("x-code-list"):
            copy["x-codes"] = [choice.code for choice in lists.offered(listed, today)]
        return copy

    return {name: told(value) for name, value in spec.items()}


def groups(spec: Spec) -> list[dict[str, Any]]:
    """Return the operations of an OpenAPI document by their tag, in the document's order."""
    operations = list(_operations(spec))
    return [
        {
            "name": tag["name"],
            "description": tag["description"],
            "operations": [each for each in operations if tag["name"] in each["tags"]],
        }
        for tag in spec["tags"]
    ]


def _operations(spec: Spec) -> Iterator[dict[str, Any]]:
    for path, item in spec["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            told = item[method]
            yield {
                "method": method.upper(),
                "path": path,
                "anchor": f"{method}{path}".translate(str.maketrans("/{}", "---")),
                "tags": told.get("tags", ()),
                "summary": told.get("summary", ""),
                "fields": [
                    *_parameters(spec, [*item.get("parameters", ()), *told.get("parameters", ())]),
                    *_body(spec, told),
                ],
                "answers": sorted(code for code in told["responses"] if code.isdecimal()),
            }


def _parameters(spec: Spec, given: list[Spec]) -> Iterator[dict[str, Any]]:
    for parameter in given:
        yield {
            "name": parameter["name"],
            "type": _type(_resolved(spec, parameter["schema"])),
            "place": parameter["in"],
            "required": parameter.get("required", False),
        }


def _body(spec: Spec, told: Spec) -> Iterator[dict[str, Any]]:
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    schema = _resolved(spec, content["schema"])
    for name, field in schema.get("properties", {}).items():
        yield {
            "name": name,
            "type": _type(_resolved(spec, field)),
            "place": "body",
            "required": name in schema.get("required", ()),
        }


def _resolved(spec: Spec, schema: Spec) -> Spec:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    name = reference.rsplit("/", 1)[-1]
    found: Spec = spec["components"]["schemas"][name]
    return found


def _type(schema: Spec) -> str:
    """Return a schema's type in a word or two: `string (date-time)`, `array`, `code of topic`."""
    if listed := schema.get("x-code-list"):
        return f"code of {listed}"
    kind = schema.get("type", "any")
    named = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return f"{named} ({schema['format']})" if "format" in schema else named
