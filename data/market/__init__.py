"""The market: pure values and folds."""
