"""How the platform is: what the System page shows."""
