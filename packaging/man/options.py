"""Options of the configuration's JSON Schema, as paragraphs of man(7)."""
import json

import roff

REFERENCE = "\\$\\{"  # ${...} is allowed nearly everywhere: no kind of its own


def alternatives(schema):
    return [each for each in schema.get("anyOf", [schema]) if each.get("pattern") != REFERENCE and each != {"const": 0}]


def is_table(schema):
    return "properties" in schema or isinstance(schema.get("additionalProperties"), dict)


def kind_of(schema):
    """What may stand there, in a few words; empty if nothing helps."""
    return " or ".join(dict.fromkeys(filter(None, (word_for(each) for each in alternatives(schema)))))


def word_for(schema):
    pattern = schema.get("pattern", "")
    if "enum" in schema:
        return ", ".join(written(each) for each in schema["enum"])
    if "|us|" in pattern:
        return "duration"
    if "[KMGT]" in pattern:
        return "size"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds:
        return "list"
    if is_table(schema) or "object" in kinds:
        return "table"
    for kind, word in (("integer", "whole number"), ("boolean", "true or false")):
        if kinds == [kind]:
            return word + bounds(schema)
    if kinds == ["number"]:
        return "number" + bounds(schema)
    return "text" if "string" in kinds else ""


def bounds(schema):
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", {low} or more"
    return "" if high is None else f", at most {high}"


def written(value):
    """As it would stand in YAML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(each) for each in value) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def paragraph(path, schema, is_required):
    facts = [kind_of(schema)]
    if is_required:
        facts.append("required")
    default = schema.get("default")
    if default not in (None, {}, [], ""):
        facts.append("default: " + written(default))
    said = schema.get("description", "").strip()
    if said and said[-1] not in ".!?":
        said += "."
    lines = [".TP", f"\\fB{roff.text(path)}\\fR ({roff.text('; '.join(filter(None, facts)))})"]
    if said:
        lines.append(roff.text(said))
    if schema.get("examples"):
        lines += [".br", "Such as " + roff.text(", ".join(written(each) for each in schema["examples"]))]
    if len(lines) == 2:
        lines.append("\\&")
    return "\n".join(lines)


def tables_in(schema):
    """Tables that may stand there, also as one of several forms or as items of a list."""
    for each in alternatives(schema):
        if "properties" in each:
            yield each, ""
        if isinstance(each.get("items"), dict):
            yield from ((found, "[]" + below) for found, below in tables_in(each["items"]))
        if isinstance(each.get("additionalProperties"), dict):
            yield from ((found, ".NAME" + below) for found, below in tables_in(each["additionalProperties"]))


def paragraphs(table, path="", without=()):
    """Every option of a table and of the tables in it, each once."""
    seen = set()
    for name, schema in table.get("properties", {}).items():
        if name in without:
            continue
        here = f"{path}.{name}" if path else name
        yield paragraph(here, schema, name in table.get("required", []))
        for found, below in tables_in(schema):
            for each in paragraphs(found, here + below):
                if each not in seen:
                    seen.add(each)
                    yield each
