"""What was published: tags, snapshots, publishing and history."""
