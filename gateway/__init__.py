"""Leaseline: dynamic number insertion on the business's own SIP trunks."""
