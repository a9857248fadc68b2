"""What `leaseline doctor` asks Asterisk."""
