"""Who is here, who is logged in, and what was commanded."""
