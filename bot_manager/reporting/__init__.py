"""What is read from the ledger: valuation, results, fleet, warnings."""
