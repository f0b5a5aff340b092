"""What an administrator watches: messages, scheduled jobs, the journal."""
