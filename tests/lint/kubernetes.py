# SPDX-License-Identifier: MIT
"""kubernetes.py SCHEMA FILE...: each document is valid by the definition of its kind in
SCHEMA; selectors, ports, claims, mounts and devices name something that the documents have."""

import json
import sys
from pathlib import Path

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Refuses a key that appears twice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"key {key} appears twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def against(schema, name, document):
    validator = jsonschema.Draft7Validator({"$defs": schema["$defs"], "$ref": f"#/$defs/{name}"})
    for error in validator.iter_errors(document):
        yield f"{name} {'/'.join(map(str, error.absolute_path)) or 'document'}: {error.message}"


def devices(module):
    """What its device plugin is told to offer."""
    words = module["spec"].get("devicePlugin", {"container": {}})["container"].get("args", [])
    return [yaml.load(value, Loader) for option, value in zip(words, words[1:]) if option == "--device"]


def invalid(schema, document):
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind not in schema["$defs"]:
        yield f"kind {kind}: no definition of it"
        return
    wrong = list(against(schema, kind, document))
    if kind == "Module" and not wrong:
        for device in devices(document):
            wrong += against(schema, "genericDevice", device)
    yield from wrong


def dangling(documents):
    """(file, text) of references into the void; the documents are valid."""

    def of(kind):
        return [(name, document) for name, document in documents if document["kind"] == kind]

    def chosen(selector, labelled):
        return [item for item in labelled if selector.items() <= item["metadata"].get("labels", {}).items()]

    claims = {document["metadata"]["name"] for _, document in of("PersistentVolumeClaim")}
    templates = [document["spec"]["template"] for _, document in of("Deployment")]
    offered = {f"squat.ai/{device['name']}" for _, document in of("Module") for device in devices(document)}
    services = [document for _, document in of("Service")]
    for name, document in of("Deployment"):
        template = document["spec"]["template"]
        if not chosen(document["spec"]["selector"]["matchLabels"], [template]):
            yield name, "Deployment: its selector does not match its pods"
        volumes = {volume["name"]: volume for volume in template["spec"].get("volumes", [])}
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim is not None and claim not in claims:
                yield name, f"Deployment: no claim {claim}"
        for container in template["spec"]["containers"]:
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("readinessProbe", "livenessProbe"):
                port = container.get(probe, {}).get("httpGet", {}).get("port")
                if port is not None and port not in ports:
                    yield name, f"Deployment: {probe}: no port {port}"
            for resource in container.get("resources", {}).get("limits", {}):
                if "/" in resource and resource not in offered:
                    yield name, f"Deployment: nobody offers {resource}"
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in volumes:
                    yield name, f"Deployment: no volume {mount['name']}"
    for name, document in of("Module"):
        plugin = document["spec"].get("devicePlugin", {"container": {}})
        volumes = {volume["name"] for volume in plugin.get("volumes", [])}
        for mount in plugin["container"].get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield name, f"Module: no volume {mount['name']}"
    for name, document in of("Service"):
        pods = chosen(document["spec"]["selector"], templates)
        ports = {port["name"] for pod in pods for part in pod["spec"]["containers"] for port in part.get("ports", [])}
        for port in document["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield name, f"Service: no pod that it selects has a port {port['targetPort']}"
    for name, document in of("ServiceMonitor"):
        ports = {
            port["name"]
            for service in chosen(document["spec"]["selector"]["matchLabels"], services)
            for port in service["spec"]["ports"]
        }
        for endpoint in document["spec"]["endpoints"]:
            if endpoint["port"] not in ports:
                yield name, f"ServiceMonitor: no service that it selects has a port {endpoint['port']}"


def main():
    schema = json.loads(Path(sys.argv[1]).read_text())
    documents = []
    problems = []
    for name in sys.argv[2:]:
        try:
            found = list(yaml.load_all(Path(name).read_text(), Loader))
        except yaml.YAMLError as error:
            problems.append((name, " ".join(str(error).split())))
            continue
        for document in found:
            wrong = list(invalid(schema, document))
            problems += [(name, text) for text in wrong]
            if not wrong:
                documents.append((name, document))
    if not problems:
        problems += dangling(documents)
    for name, text in problems:
        print(f"{name}: {text}")
    sys.exit(1 if problems else 0)


main()
