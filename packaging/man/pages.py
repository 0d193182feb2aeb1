#!/usr/bin/env python3
"""Pages of section 5: tidegate.yaml(5), and tidegate-NAME(5) for each plugin. All that they say of options stands in
the JSON Schema of the configuration, which the program makes of what the plugins declare; the example is the
plugin's sample.yaml."""
import argparse
import json
import pathlib

import options
import roff

KINDS = {"source": "sources", "processor": "processors", "sink": "sinks"}
WHERE = {"source": "A source, below \\fBsources.\\fINAME\\fR.", "sink": "A sink, below \\fBsinks.\\fINAME\\fR.",
         "processor": "A processor: one of the steps in \\fBpipelines.\\fINAME\\fB.process\\fR."}


def plugins_of(schema):
    """Name of the plugin → [(kind, summary, its table)]: a source and a sink may share a name."""
    found = {}
    for kind in KINDS:
        definition = schema["definitions"][kind]
        summaries = {each["const"]: each["description"]
                     for each in definition["properties"]["plugin"]["anyOf"] if "const" in each}
        for branch in definition["allOf"]:
            name = branch["if"]["properties"]["plugin"]["const"]
            found.setdefault(name, []).append((kind, summaries[name], branch["then"]))
    return found


def sample(folder, kind, name):
    file = folder / KINDS[kind] / name.replace("-", "_") / "sample.yaml"
    return file.read_text(encoding="utf-8")


def plugin_page(name, components, folder, version):
    summary = " / ".join(each[1].rstrip(".") for each in components)
    parts = []
    for kind, said, table in components:
        parts += [f".SH DESCRIPTION\n{WHERE[kind]}\n{roff.text(said)}" if not parts else f".PP\n{WHERE[kind]}\n{roff.text(said)}"]
    for kind, _, table in components:
        head = "OPTIONS" if len(components) == 1 else f"OPTIONS OF THE {kind.upper()}"
        parts += [f".SH {head}", *options.paragraphs(table, without=("plugin",))]
    parts.append(".SH EXAMPLES" if len(components) > 1 else ".SH EXAMPLE")
    parts += [roff.block(sample(folder, kind, name)) for kind, _, _ in components]
    parts.append(".SH SEE ALSO\n.BR tidegate (1),\n.BR tidegate.yaml (5)")
    return roff.page(f"tidegate-{name}", 5, version, f"plugin of the edge gateway: {summary}", parts)


def configuration_page(schema, names, template, version):
    rooms = {key: value for key, value in schema["properties"].items() if key not in ("sources", "sinks", "pipelines")}
    parts = []
    for name, table in rooms.items():
        parts.append(f".SS {name}\n{roff.text(table['description'])}.")
        parts += options.paragraphs({"properties": table["properties"]}, name)
    pipeline = schema["definitions"]["pipeline"]
    parts.append(f".SS pipelines\n{roff.text(schema['properties']['pipelines']['description'])}.")
    parts += options.paragraphs(pipeline, "pipelines.NAME", without=("process",))
    pages = ",\n".join(f".BR {roff.text('tidegate-' + name)} (5)" for name in sorted(names))
    return (template.replace("@VERSION@", version).replace("@OPTIONS@", "\n".join(parts)).replace("@PAGES@", pages))


def main():
    parser = argparse.ArgumentParser()
    for name in ("--schema", "--plugins", "--to"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    given = parser.parse_args()
    schema = json.loads(given.schema.read_text(encoding="utf-8"))
    given.to.mkdir(parents=True, exist_ok=True)
    plugins = plugins_of(schema)
    for name, components in plugins.items():
        page = plugin_page(name, components, given.plugins, given.version)
        (given.to / f"tidegate-{name}.5").write_text(page, encoding="utf-8")
    template = (pathlib.Path(__file__).parent / "tidegate.yaml.5.in").read_text(encoding="utf-8")
    page = configuration_page(schema, plugins, template, given.version)
    (given.to / "tidegate.yaml.5").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
