"""Alert rules: readings, evaluation, transitions."""
