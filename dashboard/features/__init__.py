"""One folder per feature of the site: its page, its routes, and what they read."""
