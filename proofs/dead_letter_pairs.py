"""Two standard queues that are each other's dead-letter queue end, two FIFO queues do not.

Theorem: a message that always fails, in two standard queues whose redrive policies name each other, is
delivered finitely often if the visibility timeouts are positive. In two FIFO queues it comes back to the
very state in which it was, for every number of receives whose deliveries fit into the retention.

Assumptions: each delivery ages a message by the visibility timeout; what is as old as the retention is
gone; a move keeps the clock of a standard queue and sets that of a FIFO queue to 0 (SQS-DLQ-CLOCK); the
receives start again at 0.

Argument: for standard queues the retention minus the age is natural and lowered by each delivery, kept by a
move. For FIFO queues M deliveries and a move lead from (first queue, 0 receives, age 0) to the second
queue, and as many back: a repeated state. Without the positive timeout nothing is lowered; without the
room for M deliveries the message expires first.
"""

import z3

R, V, M, age, after = z3.Ints("retention visibility receives age age_after")
other_visibility, other_receives = z3.Ints("other_visibility other_receives")
DELIVERY = z3.And(age < R, after == age + V)
MOVE = z3.And(age < R, after == age)


def lowered(least: int) -> z3.BoolRef:
    """Each delivery lowers what is left of the retention, and a move keeps it."""
    now = z3.And(least <= V, age >= 0)
    delivery = z3.Implies(DELIVERY, z3.And(R - after < R - age, R - age > 0))
    return z3.Implies(now, z3.And(delivery, z3.Implies(MOVE, R - after == R - age)))


def aged(deliveries: z3.ArithRef, timeout: z3.ArithRef) -> z3.ArithRef:
    """The age after so many deliveries from age 0."""
    return deliveries * timeout


def repeats(fits: bool) -> z3.BoolRef:
    """From age 0 in one queue to age 0 in the other and back, with a delivery on the way."""
    room = z3.And(aged(M, V) < R, aged(other_receives, other_visibility) < R)
    sizes = z3.And(M >= 1, other_receives >= 1, V >= 0, other_visibility >= 0, R > 0)
    there = z3.And(aged(M, V) < R, z3.IntVal(0) < R)
    back = z3.And(aged(other_receives, other_visibility) < R, z3.IntVal(0) < R)
    return z3.Implies(z3.And(sizes, room if fits else z3.BoolVal(True)), z3.And(there, back))


def between() -> z3.BoolRef:
    """Every delivery before the last one fits if the last one does: ages only grow."""
    number = z3.Int("deliveries_so_far")
    room = z3.And(aged(M, V) < R, V >= 0, number >= 0, number <= M)
    return z3.Implies(room, aged(number, V) < R)


def claims() -> dict[str, z3.BoolRef]:
    return {
        "standard_ends": lowered(1),
        "fifo_repeats": repeats(fits=True),
        "fifo_on_the_way": between(),
    }


def weakened() -> dict[str, z3.BoolRef]:
    return {
        "no_visibility_timeout": lowered(0),
        "deliveries_do_not_fit": repeats(fits=False),
    }
