"""The arithmetic of the indicators, compiled: float64 columns in, float64 columns out, no state.

A row with NaN is a missing candle: whatever depends on it is NaN, and every indicator starts again
after it. Rows before its first full window or seed are NaN, too.
"""
