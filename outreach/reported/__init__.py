"""What other units report for the committees' figures: theirs, taken in as they tell it."""
