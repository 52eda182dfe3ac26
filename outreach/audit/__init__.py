"""Who saw or changed what: append-only rows under seals."""
