"""What Kafka, message brokers and DocumentDB are to Lambda: sources that are read like streams.

What functions write there goes by protocols of their own, not by AWS's SDKs, and is not seen
(docs/limits.md); events in them are taken to come from outside.
"""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping
from lambdaspec.architecture.elements import Engine, Stream
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal

KINDS = {
    "AWS::MSK::Cluster": Engine.KAFKA,
    "AWS::MSK::ServerlessCluster": Engine.KAFKA,
    "AWS::AmazonMQ::Broker": Engine.ACTIVEMQ,
    "AWS::DocDB::DBCluster": Engine.DOCUMENTDB,
}
_SETTINGS = {
    "AmazonManagedKafkaEventSourceConfig": Engine.KAFKA,
    "SelfManagedEventSource": Engine.KAFKA,
    "SelfManagedKafkaEventSourceConfig": Engine.KAFKA,
    "KafkaBootstrapServers": Engine.KAFKA,
    "Topics": Engine.KAFKA,
    "DocumentDBEventSourceConfig": Engine.DOCUMENTDB,
    "CollectionName": Engine.DOCUMENTDB,
    "DatabaseName": Engine.DOCUMENTDB,
    "Queues": Engine.ACTIVEMQ,
}
"""Settings of an event source mapping that only one kind of source has."""


def declare(template: Template) -> None:
    """Add the clusters and brokers."""
    for resource in template.of_kind(*KINDS):
        engine = KINDS[resource.kind]
        named = (literal(template.value(resource.properties.get("EngineType"))) or "").upper()
        engine = Engine.RABBITMQ if named == "RABBITMQ" else engine
        template.channels[resource.name] = Stream(resource.name, None, engine, resource.span)


def engine_of(template: Template, properties: Mapping) -> Engine | None:
    """What a mapping reads, by its settings; None for queues and AWS's own streams."""
    told = next((e for name, e in _SETTINGS.items() if name in properties.entries), None)
    for access in template.items(properties.get("SourceAccessConfigurations")):
        body = template.structure(access, "a source access configuration")
        host = literal(template.value(body.get("Type"))) == "VIRTUAL_HOST"
        if host and told in (None, Engine.ACTIVEMQ):
            return Engine.RABBITMQ
    return told


def servers(template: Template, properties: Mapping) -> str | None:
    """The name of a Kafka cluster that is given by its servers: the first of them."""
    listed = properties.get("KafkaBootstrapServers")
    if listed is None:
        source = template.structure(properties.get("SelfManagedEventSource"), "the event source")
        ends = template.structure(source.get("Endpoints"), "`Endpoints`")
        listed = ends.get("KafkaBootstrapServers")
    found = [template.shown(template.value(one)) for one in template.items(listed)]
    return found[0] if found else None
