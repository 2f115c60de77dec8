"""From an alert to its channels: outbox, sender, texts."""
