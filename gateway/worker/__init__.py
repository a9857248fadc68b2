"""What happens after a call: its end is read from the switch's CDRs."""
