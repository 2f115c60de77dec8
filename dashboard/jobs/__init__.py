"""Background work of pages: worker processes, and the queue of jobs that users request."""
