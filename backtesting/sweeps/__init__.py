"""One configuration with many parameter sets: on every core, resumable, every trial counted.

Import what you need from its modules: `trial`, `ports` and `table` load no compiler, `processes`
and `cluster` start workers on this machine's cores and, through Dask, on others.
"""
