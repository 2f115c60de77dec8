"""HTTP routes, one module per subject, all of them in the OpenAPI schema."""
