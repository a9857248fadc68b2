"""The Asterisk side: AGI words, the FastAGI server, CDR lines."""
