"""What every feature stands on: database, transactions, errors, time, the queue."""
