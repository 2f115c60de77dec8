"""The exchange's protocol: channels, requests, REST."""
