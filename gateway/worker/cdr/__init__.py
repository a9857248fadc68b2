"""Call records: followed, swept up and taken in."""
