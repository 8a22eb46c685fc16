// The migrations go here.
