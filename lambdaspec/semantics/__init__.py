"""The specification: how AWS delivers events, as a pure state machine. Start with `system`."""
