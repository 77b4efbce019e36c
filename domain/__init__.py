"""What merging is: pure rules, without clock, storage or framework."""
