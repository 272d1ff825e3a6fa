#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold topology files against their JSON schema.

schema.py check SCHEMA FILE...		each file must be valid
schema.py compare SCHEMA SEKISHO FILE	each of many small changes of a file must be refused by
					both or by none, as far as a schema can tell
"""
import copy
import json
import re
import subprocess
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """The scalars of YAML 1.2, as editors read them: no yes, no 12:30 in base 60."""

    yaml_implicit_resolvers = {}


for tag, first, pattern in (
    ("bool", "tf", r"true|false"),
    ("int", "-+0123456789", r"[-+]?[0-9]+"),
    ("float", "-+.0123456789", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?"),
    ("null", "~n\0", r"~|null|"),
):
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:" + tag, re.compile("^(?:%s)$" % pattern), list(first) + [""]
    )

# What the reader says of a shape, not of what a name or address refers to.
SHAPE = re.compile(
    r"has no key|has no '|: expected |needs |does not go with"
    r"|are two tests|has no default|segment joins|tunnel has"
)
# Words that need the whole file to be judged.
MEANING = re.compile(
    r"expected two nodes|router_id|needs an MTU|neither end|has no 'name', and"
)
VALUES = (None, "", 7, True, "word", [], {}, ["word"], {"word": 1})


def places(value, path=()):
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield from places(inner, path + (key,))


def parent(document, path):
    for key in path:
        document = document[key]
    return document


def changes(document):
    """Each place with another value, without it, or with one more key."""
    for path in places(document):
        if not path:
            continue
        for value in VALUES:
            changed = copy.deepcopy(document)
            parent(changed, path[:-1])[path[-1]] = value
            yield "%s = %r" % ("/".join(map(str, path)), value), changed
        changed = copy.deepcopy(document)
        del parent(changed, path[:-1])[path[-1]]
        yield "%s removed" % "/".join(map(str, path)), changed
        if isinstance(parent(document, path), dict):
            changed = copy.deepcopy(document)
            parent(changed, path)["unknown"] = 1
            yield "%s/unknown" % "/".join(map(str, path)), changed


def read(sekisho, document):
    text = yaml.safe_dump(document, sort_keys=False)
    run = subprocess.run(
        [sekisho, "topo", "show", "-"], input=text, capture_output=True, text=True, timeout=20
    )
    if run.returncode not in (0, 1):
        raise SystemExit("exit code %d: %s" % (run.returncode, run.stderr))
    return run.stderr.strip() if run.returncode else None


def compare(validator, sekisho, document):
    n = wrong = 0
    for what, changed in changes(document):
        said = read(sekisho, changed)
        valid = validator.is_valid(changed)
        n += 1
        # A number can be read as a text; editors rightly ask for quotes.
        if not valid and said is None and not what.endswith(("= 7", "= True")):
            print("%s: the schema alone refuses it" % what)
            wrong += 1
        elif valid and said and SHAPE.search(said) and not MEANING.search(said):
            print("%s: the schema accepts it: %s" % (what, said))
            wrong += 1
    print("%d changes, %d disagreements" % (n, wrong))
    return wrong == 0 and n > 100


def check(validator, files):
    wrong = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            for error in validator.iter_errors(yaml.load(file, Loader)):
                print("%s: %s: %s" % (name, "/".join(map(str, error.path)), error.message))
                wrong += 1
    return wrong == 0


def main(mode, schema, *rest):
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    if mode == "check":
        return check(validator, rest)
    sekisho, name = rest
    with open(name, encoding="utf-8") as file:
        return compare(validator, sekisho, yaml.load(file, Loader))


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
