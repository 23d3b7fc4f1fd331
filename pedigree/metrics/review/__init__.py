"""What people's review says: how many rows are right, and how far two people agree."""
