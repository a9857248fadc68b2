"""The laboratory: sizing, made-up traffic, simulation, reliability. Never on the way of a lease or a call."""
