"""What the tests of this room share."""

DESTINATIONS = """
[destinations.main]
hops = [{ ring = ["sofia/gateway/dest/100", "user/101@example.com"], seconds = 20 }]
"""
