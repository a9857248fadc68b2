"""Leasing: which number comes next, when a lease runs, cools and is free, and how full a pool is."""
