"""The state of the platform, as the System page shows it."""
