"""`leaseline doctor --site`: a page, its script tag and its policies, as a visitor meets them."""
