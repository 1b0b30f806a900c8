"""What AWS leaves undocumented, as named assumptions with the sound reading as default.

A reading is sound if it lets at least as much happen as the other one. `check` decides with the
sound readings, decides again with each other one, and says where the answer differs.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Assumption:
    """One undocumented behaviour.

    Attributes:
        id: the name under which reports cite it.
        setting: the attribute of `Readings` that holds the reading.
        sound: the reading that could let more happen, in words.
        other: the other reading, in words.

    """

    id: str
    setting: str
    sound: str
    other: str


SQS_LINEAGE_DLQ = Assumption(
    "SQS-LINEAGE-DLQ",
    "queue_dlq_keeps_lineage",
    "a redrive policy's move to a dead-letter queue loses the lineage",
    "a redrive policy's move to a dead-letter queue keeps the lineage",
)
SNS_LINEAGE_DLQ = Assumption(
    "SNS-LINEAGE-DLQ",
    "subscription_dlq_keeps_lineage",
    "a message in a subscription's dead-letter queue has lost its lineage",
    "a message in a subscription's dead-letter queue keeps its lineage",
)
SDK_CURRENT = Assumption(
    "SDK-CURRENT",
    "bundled_sdk_is_current",
    "a function that bundles its own SDK may bundle one too old to pass the lineage on",
    "a function that bundles its own SDK bundles one that passes the lineage on",
)
ALL_ASSUMPTIONS = (SQS_LINEAGE_DLQ, SNS_LINEAGE_DLQ, SDK_CURRENT)
"""Assumptions with two readings; those with one fixed reading are listed in docs/semantics.md."""


@frozen
class Readings:
    """How the undocumented behaviours are read.

    `bundled_sdk_is_current` defaults to the likely reading, not the sound one: docs/adr/0006.
    """

    queue_dlq_keeps_lineage: bool = False
    subscription_dlq_keeps_lineage: bool = False
    bundled_sdk_is_current: bool = True
