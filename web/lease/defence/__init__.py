"""What keeps the lease API from being drained: networks, rates, robots, turns."""
