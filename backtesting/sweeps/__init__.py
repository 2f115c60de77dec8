"""Sweeps: one configuration with many parameter sets, in parallel, resumable, all counted.

Import from its modules: `trial`, `ports` and `table` load no compiler, `processes` and `cluster`
start workers on this machine's cores and, through Dask, on others.
"""
