"""What result files say of judges."""
