"""The arithmetic of the indicators, compiled: float64 columns in, float64 columns out, no state.

A row with NaN is a missing candle: whatever leans on it is NaN, and every indicator starts anew
behind it. Nothing is known before its first full window or seed: those rows are NaN, too.
"""
