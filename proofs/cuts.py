"""Whatever a cut can do, throttling or a failure can do.

Theorem: a message that the cutoff refuses comes back exactly as one does whose delivery was throttled. An
asynchronous event that it refuses comes to the same dead-letter place, with the same count, as one whose
last admitted run failed at every attempt. So the decision may leave the cut out where these are possible.

Assumptions: a refused message comes back with its receive counted, as a throttled one does (CUT-SQS,
SQS-THROTTLE); a refused asynchronous event goes to the failure targets without an execution (CUT-ASYNC),
a failed one after its attempts (ASYNC-DLQ), which do not count again (REC-RETRY-NOTREC).

Argument: each rule is a relation between before and after; the cut's is contained in the other's, field by
field. For events the run before the cut is the one that fails: it was admitted with one less, and has
counted. If a refusal did not count as a receive, or if retries counted, the relations would differ.
"""

import z3

K, count, receives, age, visibility, retention = z3.Ints(
    "cutoff count receives age visibility retention"
)
after_count, after_receives, after_age = z3.Ints("after_count after_receives after_age")
before, attempts, target, after_place = z3.Ints("count_before attempts failure_target after_place")


def refused(counted: int) -> z3.BoolRef:
    """CUT-SQS: the chain has reached the cutoff; the message comes back if it is not too old."""
    return z3.And(
        count >= K,
        age + visibility < retention,
        after_receives == receives + counted,
        after_age == age + visibility,
        after_count == count,
    )


def throttled() -> z3.BoolRef:
    """SQS-THROTTLE: whatever the count, the function did not run and the message comes back."""
    back = z3.And(after_receives == receives + 1, after_age == age + visibility)
    return z3.And(back, after_age < retention, after_count == count)


def cut_event() -> z3.BoolRef:
    """CUT-ASYNC: no execution; the failure target gets the event with its count."""
    return z3.And(count >= K, after_place == target, after_count == count)


def failed_event(counted_retries: bool) -> z3.BoolRef:
    """ASYNC-DLQ: admitted once with one less, counted, failed at every attempt, put aside."""
    retried = attempts if counted_retries else z3.IntVal(1)
    ran = z3.And(before == K - 1, before < K, attempts >= 1)
    return z3.And(ran, after_place == target, after_count == before + retried)


def event(counted_retries: bool) -> z3.BoolRef:
    """The two ends are one for the first chain that is cut, which has just come to the cutoff."""
    first = z3.And(count == K, before == K - 1, attempts >= 1)
    return z3.Implies(z3.And(first, cut_event()), failed_event(counted_retries))


def claims() -> dict[str, z3.BoolRef]:
    return {
        "message": z3.Implies(refused(1), throttled()),
        "event": event(counted_retries=False),
        "never_more": z3.Implies(refused(1), after_receives > receives),
    }


def weakened() -> dict[str, z3.BoolRef]:
    return {
        "a_refusal_is_no_receive": z3.Implies(refused(0), throttled()),
        "retries_count_in_the_lineage": event(counted_retries=True),
    }
