"""What can happen to ONE event: the abstraction that scales. Start with `graph`."""
