"""Commands that try pools out: size, simulate."""
