"""Commands for setting a machine up: init, config check, dialplan."""
