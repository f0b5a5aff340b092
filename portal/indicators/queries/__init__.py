"""What the room reads: the year's figures, the editions that froze them, the rows that make each figure."""
