"""What people and other tools read: report, card, charts, Markdown and exports."""
