"""A validator for the part of JSON Schema that the API description uses."""


class Invalid(AssertionError):
    pass


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "const",
         "pattern", "minimum", "maximum", "format", "description", "title", "examples", "example",
         "oneOf", "anyOf", "allOf", "$ref", "default", "minItems", "maxItems", "minLength",
         "maxLength", "propertyNames", "minProperties", "prefixItems", "$comment"}


def resolve(document, schema):
    while isinstance(schema, dict) and "$ref" in schema:
        target = document
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema


def has_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def validate(document, schema, value, where="$"):
    import re
    schema = resolve(document, schema)
    if schema is True or schema == {}:
        return
    if schema is False:
        raise Invalid(f"{where}: nothing is allowed here")
    unknown = set(schema) - KNOWN
    if unknown:
        raise Invalid(f"{where}: this validator does not know {sorted(unknown)}")
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(has_type(value, name) for name in names):
            raise Invalid(f"{where}: {value!r} is not {names}")
    if "enum" in schema and value not in schema["enum"]:
        raise Invalid(f"{where}: {value!r} is not in {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        raise Invalid(f"{where}: {value!r} is not {schema['const']!r}")
    for word, wanted in (("oneOf", "one"), ("anyOf", "any")):
        if word in schema:
            fits = 0
            for choice in schema[word]:
                try:
                    validate(document, choice, value, where)
                    fits += 1
                except Invalid:
                    pass
            if fits == 0 or (wanted == "one" and fits != 1):
                raise Invalid(f"{where}: fits {fits} of {word}")
    for part in schema.get("allOf", ()):
        validate(document, part, value, where)
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        raise Invalid(f"{where}: {value!r} does not fit {schema['pattern']}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            raise Invalid(f"{where}: {value} is out of bounds")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            raise Invalid(f"{where}: too few items")
        for index, item in enumerate(value):
            if "items" in schema:
                validate(document, schema["items"], item, f"{where}[{index}]")
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            if name not in value:
                raise Invalid(f"{where}: {name} is missing")
        properties = schema.get("properties", {})
        extra = schema.get("additionalProperties", True)
        for name, item in value.items():
            if name in properties:
                validate(document, properties[name], item, f"{where}.{name}")
            elif extra is False:
                raise Invalid(f"{where}: {name} is not described")
            elif isinstance(extra, dict):
                validate(document, extra, item, f"{where}.{name}")
