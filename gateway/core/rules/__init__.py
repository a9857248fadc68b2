"""Rules: conditions on a visit, the rules that use them, and which of them nobody can reach."""
