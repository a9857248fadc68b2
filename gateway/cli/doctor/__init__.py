"""`leaseline doctor`: what is wrong on this machine or on a page, and what to do about it."""
