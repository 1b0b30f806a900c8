"""A replayed trace as lines and as data: what happens before the cycle, and the cycle."""

from __future__ import annotations

from typing import Any

from lambdaspec.decide import machine_for
from lambdaspec.replay import Trace
from lambdaspec.result import Result
from lambdaspec.semantics.narrate import Narrator


def told(result: Result, trace: Trace) -> tuple[list[str], list[str]]:
    """The prefix and one lap of the cycle in words."""
    steps = described(result, trace)
    cut = len(steps) if trace.repeats is None else trace.repeats
    begins = Narrator(machine_for(result.flow.settings)).begin(trace.initial)
    lines = [step["text"] for step in steps]
    return [*begins, *lines[:cut]], lines[cut:]


def described(result: Result, trace: Trace) -> list[dict[str, Any]]:
    """Each step with its label (which `simulate --run` takes), rule, function and text."""
    narrator = Narrator(machine_for(result.flow.settings))
    narrator.begin(trace.initial)
    steps = []
    for step in trace.steps:
        label = narrator.label(step.action)
        text = narrator.tell(step.action, step.change)
        steps.append(
            {
                "action": label,
                "rule": step.change.rule,
                "invokes": step.change.invoked,
                "text": text,
            }
        )
    return steps
