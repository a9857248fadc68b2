"""What `leaseline doctor` asks FreeSWITCH."""
