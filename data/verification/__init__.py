"""Verification of the stored tape: chain, seals, and candles built again from trades."""
