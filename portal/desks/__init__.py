"""Pages that read several rooms: the home of each role."""
