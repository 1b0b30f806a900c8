"""Buses, schedules, IoT, logs, routes, state machines, pipes: what the machine does with them."""

from __future__ import annotations

import pytest
from attrs import evolve

from lambdaspec.architecture.elements import (
    Architecture,
    AsyncConfig,
    Bucket,
    Bus,
    Emission,
    Engine,
    Entry,
    Filter,
    Function,
    Integration,
    Invoke,
    MoveTask,
    Notification,
    Queue,
    QueueMapping,
    Redrive,
    Retries,
    Rule,
    Runner,
    Sdk,
    Stream,
    StreamMapping,
    Trigger,
)
from lambdaspec.architecture.guards import Guard
from lambdaspec.architecture.logs import with_logs
from lambdaspec.architecture.services import (
    IotTopic,
    LogGroup,
    Route,
    RouteKind,
    Schedule,
    Task,
    Workflow,
)
from lambdaspec.decide import decide_architecture
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.semantics.limits import SDK_LEGACY, SDK_STANDARD, Scale
from lambdaspec.semantics.narrate import Narrator
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.state import (
    Abandon,
    AsyncEvent,
    Deliver,
    Discard,
    Duplicate,
    Execution,
    Fail,
    HandOver,
    Message,
    MoveOn,
    Notice,
    Perform,
    Serve,
    Skip,
    Spread,
    Throttle,
)
from tests.support.build import Driver, arch, writer


def worst(architecture: Architecture, scale: Scale | None = None) -> int | str:
    """The worst case from one event, or the verdict."""
    decided = decide_architecture(Settings(architecture, scale or Scale()))
    if decided.verdict.word != "bounded":
        return decided.verdict.word
    most = total(entry_counts(decided.flow, nominal=False).values()).most
    assert most is not None
    return most


def test_a_bus_does_not_pass_on_to_a_third_one() -> None:
    buses = [Bus("A"), Bus("B"), Bus("C")]
    rules = [Rule("A", "B"), Rule("B", "C"), Rule("B", "F"), Rule("C", "F")]
    driver = Driver(arch([Function("F")], buses, rules))
    driver.first(Spread)
    assert driver.at(Notice) == [Notice("B", relayed=True)]
    driver.first(Spread)
    assert driver.at(Notice) == []
    assert len(driver.at(AsyncEvent)) == 1


def test_a_rule_to_its_own_bus_is_a_loop_but_runs_nothing_by_itself() -> None:
    alone = arch([], [Bus("A")], [Rule("A", "A")])
    assert worst(alone) == 0
    beside = arch([Function("F")], [Bus("A")], [Rule("A", "A"), Rule("A", "F")])
    assert worst(beside) == "unbounded"


def test_what_a_rule_cannot_deliver_goes_to_its_dead_letter_queue() -> None:
    driver = Driver(arch([Function("F")], [Bus("A"), Queue("D")], [Rule("A", "F", True, "D")]))
    driver.first(Spread)
    driver.first(HandOver, lambda a: isinstance(a, HandOver) and a.bounced)
    assert driver.at(Message) == [Message("D")]


def test_s3_through_eventbridge_loses_the_lineage_that_s3_directly_keeps() -> None:
    writes = Function("F", emits=(Emission("B", key="in/{}", event="ObjectCreated:Put"),))
    through: list[Trigger] = [Notification("B", "Bus"), Rule("Bus", "F", bucket="B", prefix="in/")]
    assert worst(arch([writes], [Bucket("B"), Bus("Bus")], through)) == "unbounded"
    elsewhere: list[Trigger] = [
        Notification("B", "Bus"),
        Rule("Bus", "F", bucket="B", prefix="out/"),
    ]
    assert worst(arch([writes], [Bucket("B"), Bus("Bus")], elsewhere)) == 3  # from `{}` outside
    assert worst(arch([writes], [Bucket("B")], [Notification("B", "F")])) != "unbounded"


@pytest.mark.parametrize("channel", [Schedule("X"), IotTopic("X")])
def test_a_function_that_comes_back_through_a_service_has_no_bound(
    channel: Schedule | IotTopic,
) -> None:
    assert worst(arch([writer("F", "X")], [channel], [Rule("X", "F")])) == "unbounded"


def test_an_iot_rule_can_republish_to_its_own_topic() -> None:
    rules = [Rule("T", "T"), Rule("T", "F")]
    assert worst(arch([Function("F")], [IotTopic("T")], rules)) == "unbounded"


def test_every_function_logs_and_an_account_policy_leaves_its_destination_out() -> None:
    for account, verdict in ((False, "unbounded"), (True, 6)):
        logs = LogGroup("L", ("F", "G"), account_level=account)
        made = with_logs(arch([Function("F"), Function("G")], [logs], [Rule("L", "F")], "G"))
        tried = 3 * (1 + 3) if account else verdict
        assert worst(made) == tried


@pytest.mark.parametrize(
    ("kind", "runs"), [(RouteKind.API, 1), (RouteKind.COGNITO, 3), (RouteKind.FIREHOSE, 4)]
)
def test_routes_repeat_a_failed_request_as_often_as_they_do(kind: RouteKind, runs: int) -> None:
    driver = Driver(arch([Function("F")], [Route("R", kind)], [Integration("R", "F")]))
    for _ in range(runs):
        driver.first(Serve)
        driver.first(Fail)
    assert driver.state.entities == ()
    assert driver.changes[-1].lost
    assert worst(arch([Function("F")], [Route("R", kind)], [Integration("R", "F")])) == runs


def test_a_function_that_calls_its_own_url_has_no_bound() -> None:
    made = arch([writer("F", "R")], [Route("R", RouteKind.URL)], [Integration("R", "F")])
    assert worst(made) == "unbounded"


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [(Retries.LEGACY, SDK_LEGACY.value), (Retries.STANDARD, SDK_STANDARD.value), (Retries.NONE, 1)],
)
def test_a_caller_that_stops_waiting_calls_again_while_the_callee_runs_on(
    retries: Retries, attempts: int
) -> None:
    caller = Function("A", emits=(Emission("B", invoke=Invoke.SYNC),), retries=retries)
    slow = Function("B", timeout=61)
    made = arch([caller, slow], [Route("R")], [Integration("R", "A")])
    assert worst(made) == 1 + attempts
    quick = arch([caller, Function("B", timeout=60)], [Route("R")], [Integration("R", "A")])
    assert worst(quick) == 2
    if attempts > 1:
        driver = Driver(made)
        driver.first(Serve)
        driver.finish_one()
        driver.first(Abandon)
        assert len(driver.running()) == 2
        driver.finish_one()
        assert driver.invoked == ["A", "B", "B"]


def tasks(*made: Task) -> dict[str, Task]:
    return {task.name: task for task in made}


def test_a_task_without_a_retry_block_is_tried_once() -> None:
    for retries in (0, 1, 6):
        machine = Workflow("W", tasks(Task("t", "F", retries=retries)))
        driver = Driver(arch([Function("F")], [machine]))
        for _ in range(retries + 1):
            driver.first(Perform)
            driver.first(Fail)
        assert driver.state.entities == ()
        assert worst(arch([Function("F")], [machine])) == retries + 1


def test_a_standard_execution_ends_at_its_history_and_an_express_one_at_its_time() -> None:
    loop = tasks(Task("t", "F", next=("t",)))
    made = arch([Function("F", can_fail=False)], [Workflow("W", loop)])
    assert worst(made) == 8_334  # 25,000 events, three for each attempt
    quick = arch([Function("F", can_fail=False)], [Workflow("W", loop, express=True)])
    assert worst(quick, Scale(express_time=3_000)) == 3_000  # a millisecond for each attempt
    assert worst(quick, Scale(express_time=3_000, duplicates=1)) == 6_000


def test_an_execution_that_starts_its_own_state_machine_again_has_no_bound() -> None:
    again = tasks(Task("t", "F", next=("u",)), Task("u", "W"))
    assert worst(arch([Function("F")], [Workflow("W", again)])) == "unbounded"


def test_a_map_runs_its_items_and_branches_run_beside() -> None:
    mapped = tasks(Task("t", "F", retries=1, times=5, next=("u",)), Task("u", "G"))
    functions = [Function("F"), Function("G")]
    assert worst(arch(functions, [Workflow("W", mapped)])) == 5 * 2 + 1
    branched = tasks(Task("p", parallel=("a", "b"), next=("u",)), Task("a", "F"), Task("b", "F"))
    branched["u"] = Task("u", "G")
    assert worst(arch(functions, [Workflow("W", branched)])) == 3


def test_a_catch_goes_on_where_it_says() -> None:
    caught = tasks(Task("t", "F", retries=1, catch="u"), Task("u", "G"))
    driver = Driver(arch([Function("F"), Function("G")], [Workflow("W", caught)]))
    for _ in range(2):
        driver.first(Perform)
        driver.first(Fail)
    assert driver.at(Execution) == [Execution("W", "u", history=6)]


def pipe_of(*emits: Emission) -> Function:
    return Function("P", sdk=Sdk.UNSUPPORTED, emits=emits, runner=Runner.PIPE)


def test_a_pipe_is_not_counted_and_its_retries_run_the_enrichment_again() -> None:
    pipe = pipe_of(Emission("E", invoke=Invoke.SYNC), Emission("F", invoke=Invoke.SYNC))
    queue = Queue("Q", redrive=Redrive("D", 4))
    channels = [queue, Queue("D")]
    made = arch([Function("E"), Function("F"), pipe], channels, [QueueMapping("Q", "P", 1)])
    assert worst(made) == 8
    looped = arch(
        [evolve(writer("F", "Q")), Function("E"), pipe], channels, [QueueMapping("Q", "P", 1)], "Q"
    )
    assert worst(looped) == "unbounded"


def test_a_pipe_that_runs_is_not_said_to_be_refused() -> None:
    pipe = pipe_of(Emission("E", invoke=Invoke.SYNC))
    driver = Driver(arch([Function("E"), pipe], [Queue("Q")], [QueueMapping("Q", "P", 1)]))
    narrator = Narrator(driver.machine)
    narrator.begin(driver.state)
    delivery = next(a for a in driver.actions if isinstance(a, Deliver))
    assert narrator.tell(delivery, driver.do(delivery)) == (
        "t=1  Q → P  batch [m1], receive 1, no lineage"
    )


def test_filters_of_mappings_delete_messages_and_skip_records() -> None:
    small = Filter((Guard("n", None, 1),))
    made = arch([Function("F")], [Queue("Q")], [QueueMapping("Q", "F", filter=small)])
    made = evolve(made, entries=(Entry("Q", (("n", 1),)),))
    driver = Driver(made)
    assert [type(a) for a in driver.actions] == [Discard]
    assert driver.first(Discard).lost == (("SQS-FILTER", Message("Q", (("n", 1),))),)
    assert worst(made) == 0
    read = arch([Function("F")], [Stream("S")], [StreamMapping("S", "F", filter=small)])
    driver = Driver(evolve(read, entries=(Entry("S", (("n", 1),)),)))
    driver.first(Skip)
    assert driver.state.entities == ()
    opaque = arch([Function("F")], [Queue("Q")], [QueueMapping("Q", "F", filter=Filter((), True))])
    assert {Discard, Throttle} <= {type(a) for a in Driver(opaque).actions}


@pytest.mark.parametrize(
    ("engine", "age", "failure", "runs"),
    [
        (Engine.KAFKA, None, "D", 11),
        (Engine.KAFKA, 60, None, 60_000),
        (Engine.ACTIVEMQ, None, None, 7),
        (Engine.RABBITMQ, None, None, "unbounded"),
        (Engine.RABBITMQ, 60, None, 60_000),
        (Engine.DOCUMENTDB, None, None, 10_800_000),
    ],
)
def test_brokers_have_retries_of_their_own(
    engine: Engine, age: int | None, failure: str | None, runs: int | str
) -> None:
    mapping = StreamMapping("S", "F", on_failure=failure)
    made = arch([Function("F")], [Stream("S", age, engine), Queue("D")], [mapping])
    assert worst(made) == runs


def test_duplicates_multiply_deliveries_by_what_they_are() -> None:
    once = arch([Function("F", asynchronous=AsyncConfig(max_retry_attempts=0))], entry="F")
    for duplicates in (0, 1, 3):
        assert worst(once, Scale(duplicates=duplicates)) == 1 + duplicates
    driver = Driver(once, scale=Scale(duplicates=1))
    driver.first(Duplicate)
    assert len(driver.state.entities) == 2
    assert not [a for a in driver.actions if isinstance(a, Duplicate)]


def test_a_person_moves_messages_as_often_as_they_are_said_to() -> None:
    channels = [Queue("Q", redrive=Redrive("D", 2)), Queue("D")]
    made = arch([Function("F")], channels, [QueueMapping("Q", "F", 1), MoveTask("D", "Q")])
    for redrives in (0, 1, 2):
        assert worst(made, Scale(redrives=redrives)) == 2 * (1 + redrives)
    driver = Driver(made, scale=Scale(redrives=1))
    assert not [a for a in driver.actions if isinstance(a, MoveOn)]


def test_throttling_alone_uses_up_the_receives() -> None:
    channels = [Queue("Q", redrive=Redrive("D", 3)), Queue("D")]
    driver = Driver(arch([Function("F")], channels, [QueueMapping("Q", "F", 1)]))
    for _ in range(3):
        driver.first(Throttle)
    assert not [a for a in driver.actions if isinstance(a, Throttle)]
    assert driver.invoked == []
