"""Files that are written whole, kept private, or watched for changes."""
