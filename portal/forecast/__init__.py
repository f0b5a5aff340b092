"""What buyers will purchase, published early: projects, their lots, their levers, and the dated history of changes."""
