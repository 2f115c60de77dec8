"""Forms of configurations: fields, parsed values, and errors at their fields."""
