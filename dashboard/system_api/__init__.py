"""The System page's requests, as JSON."""
