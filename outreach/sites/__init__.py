"""Where and when the activity is open: sites, activities, shifts, closures, code lists."""
