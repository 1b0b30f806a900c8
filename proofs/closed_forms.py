"""The closed forms of the bounds.

Theorem: with A attempts of each delivery, b messages written by each run and a cutoff of K, the worst case
of one event is the sum of (A·b)^d·A for d from 0 to K-1; with A = 1 that is the sum of b^d, with b = 1 the
sum of A^(d+1). For a queue with maxReceiveCount 5 it is 190,734,863,280, for asynchronous invocation
64,570,080, for fan-out 2 without failures 65,535; if every run succeeds and nothing fans out it is K.

Assumptions: W(0) = 0 (the cut), W(d+1) = A·(1 + b·W(d)): each attempt runs once and writes b messages, each
of which may be delivered with d invocations left.

Argument: induction over d, with the invariant (A·b - 1)·W(d) = A·((A·b)^d - 1). The instances are the
recursion itself, unrolled sixteen times. If only the last attempt could write, the numbers would be smaller
and the form another one.
"""

from itertools import pairwise

import z3

A, q, W, P = z3.Ints("attempts attempts_times_fan_out weight power")
later_weight, later_power = z3.Ints("after_weight after_power")
K = 16


def invariant(weight: z3.ArithRef, power: z3.ArithRef) -> z3.BoolRef:
    return (q - 1) * weight == A * (power - 1)


def step(recursion: z3.ArithRef) -> z3.BoolRef:
    """With q = A·b: A·(1 + b·W) is A + q·W."""
    hop = z3.And(later_weight == recursion, later_power == q * P)
    return z3.Implies(
        z3.And(A >= 1, q >= A, invariant(W, P), hop), invariant(later_weight, later_power)
    )


def instance(formula: z3.BoolRef, attempts: int, fan_out: int) -> z3.BoolRef:
    """A formula for given A and b: what is refuted there is refuted."""
    numbers = (A, z3.IntVal(attempts)), (q, z3.IntVal(attempts * fan_out))
    return z3.substitute(formula, *numbers)


def unrolled(attempts: int, fan_out: int, most: int) -> z3.BoolRef:
    """The recursion as a chain of equations, and what it comes to."""
    weights = [z3.Int(f"weight_{attempts}_{fan_out}_{d}") for d in range(K + 1)]
    equations = [weights[0] == 0]
    for before, after in pairwise(weights):
        equations.append(after == attempts * (1 + fan_out * before))
    return z3.Implies(z3.And(*equations), weights[K] == most)


def claims() -> dict[str, z3.BoolRef]:
    return {
        "start": invariant(z3.IntVal(0), z3.IntVal(1)),
        "step": step(A + q * W),
        "queue_with_five_receives": unrolled(5, 1, 190_734_863_280),
        "asynchronous": unrolled(3, 1, 64_570_080),
        "fan_out_two": unrolled(1, 2, 65_535),
        "nominal": unrolled(1, 1, K),
    }


def weakened() -> dict[str, z3.BoolRef]:
    return {
        "only_the_last_attempt_writes": instance(step(A + 3 * W), 2, 3),
        "one_cut_later": unrolled(1, 2, 131_071),
    }
