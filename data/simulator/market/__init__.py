"""The market of the simulated exchange: pure, and equal in every process."""
