"""The truth of the simulated exchange: pure, and the same in every process that asks."""
