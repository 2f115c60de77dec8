"""The service that turns closing candles into stored, published signals."""
