"""Working with people: one person on a page, one's own list, finding somebody."""
