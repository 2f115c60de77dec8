"""Faults between the exchange and a client, scripted and repeatable."""
