"""Questions about many configurations at once: the nearest mistakes, the cheapest repair."""
