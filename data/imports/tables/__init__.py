"""Tables of CSV and Parquet files: columns, cells, problems."""
