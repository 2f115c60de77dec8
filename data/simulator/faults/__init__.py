"""What can go wrong between the exchange and a client, scripted and repeatable."""
