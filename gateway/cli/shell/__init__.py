"""What every command shares: errors, options, output, the way to the store."""
