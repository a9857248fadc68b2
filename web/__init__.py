"""The page side: the swap script and the public lease API."""
