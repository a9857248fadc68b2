"""Commands that change sites, pools, numbers and rules."""
