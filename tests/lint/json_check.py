# SPDX-License-Identifier: MIT
"""json_check.py FILE...: each parses; X.json is valid against X.schema.json beside it."""

import json
import sys
from pathlib import Path

import jsonschema


def refuse_duplicates(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key {key} appears twice")
    return dict(pairs)


def load(path):
    return json.loads(Path(path).read_text(), object_pairs_hook=refuse_duplicates)


def check(name):
    document = load(name)
    path = Path(name)
    if name.endswith(".schema.json"):
        jsonschema.validators.validator_for(document).check_schema(document)
        return
    schema_path = path.with_suffix(".schema.json")
    if not schema_path.exists():
        return
    schema = load(schema_path)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    validator = jsonschema.validators.validator_for(schema)(schema)
    for error in validator.iter_errors(document):
        yield f"{'/'.join(map(str, error.absolute_path)) or 'document'}: {error.message}"


def main():
    found = 0
    for name in sys.argv[1:]:
        try:
            for text in check(name) or ():
                print(f"{name}: {text}")
                found += 1
        except (ValueError, jsonschema.SchemaError) as error:
            print(f"{name}: {str(error).splitlines()[0]}")
            found += 1
    sys.exit(1 if found else 0)


main()
