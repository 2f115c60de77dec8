"""What the exchange says and understands: channels, requests, REST."""
