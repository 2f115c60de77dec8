"""What every route needs: values of a request, responses, disconnected clients."""
