"""Every function logs: where somebody listens to a log group, each run writes to it (CWL-LOOP)."""

from __future__ import annotations

from attrs import evolve

from lambdaspec.architecture.elements import Architecture, Emission, Function, target_of
from lambdaspec.architecture.services import LogGroup


def with_logs(architecture: Architecture) -> Architecture:
    """The same architecture with what Lambda writes to log groups for its functions.

    An account-level policy does not get what its own destination logs.
    """
    targets: dict[str, set[str]] = {}
    for trigger in architecture.triggers:
        targets.setdefault(trigger.source, set()).add(target_of(trigger))
    written: dict[str, list[Emission]] = {}
    for name, group in architecture.channels.items():
        if isinstance(group, LogGroup) and name in targets:
            for logging in group.of:
                if not (group.account_level and logging in targets[name]):
                    written.setdefault(logging, []).append(Emission(name, by_platform=True))
    functions: dict[str, Function] = {}
    for name, function in architecture.functions.items():
        own = tuple(one for one in function.emits if not one.by_platform)
        functions[name] = evolve(function, emits=(*written.get(name, ()), *own))
    return evolve(architecture, functions=functions)
