"""Deliveries that are repeated without need: at least once is not once.

Says: an asynchronous event (ASYNC-DUP), a message of a standard queue (SQS-ATLEAST) and the start of
an Express execution (SFN-SEM) may be delivered again though nothing failed.
Leaves out: duplicates that SNS, S3 and EventBridge make themselves (SNS-DUP, S3-DELIVERY,
EB-ATLEAST): they are the same as those of what they deliver. Duplicates of stream records
(STR-ATLEAST), which are rare.
Chosen: AWS names no bound, so the number of duplicates of one delivery is a parameter, 0 unless it
is asked for. A copy is not copied again.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from lambdaspec.semantics.state import (
    Action,
    AsyncEvent,
    Change,
    Duplicate,
    Execution,
    Message,
    Phase,
)
from lambdaspec.semantics.world import World


def actions(world: World, entity: Message | AsyncEvent | Execution) -> Iterator[Action]:
    """Whether something may be delivered once more than it has to."""
    if may_repeat(world, entity):
        yield Duplicate(entity)


def may_repeat(world: World, entity: Message | AsyncEvent | Execution) -> bool:
    """Whether duplicates of it are possible, and not used up."""
    if entity.twins >= world.scale.duplicates:
        return False
    match entity:
        case Message():
            most = world.max_receives(entity.queue)
            due = most is not None and entity.receives >= most
            read = bool(world.readers(entity.queue))
            return read and not due and not world.architecture.queue(entity.queue).fifo
        case AsyncEvent():
            return entity.attempts == 0
        case Execution():
            workflow = world.workflow(entity.workflow)
            begins = entity.task == workflow.start and entity.phase is Phase.READY
            return workflow.express and begins and entity.age == 0 and entity.tried == 0


def duplicate(world: World, entity: Message | AsyncEvent | Execution) -> Change | None:
    """One more copy, which is not copied again."""
    if not may_repeat(world, entity):
        return None
    more = evolve(entity, twins=entity.twins + 1)
    copy = evolve(entity, twins=world.scale.duplicates)
    return Change("ASYNC-DUP", (entity,), (more, copy), same=((entity, more),))
