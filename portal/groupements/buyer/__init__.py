"""What a buyer reads of the groupements that prepare, before any candidacy is filed."""
