"""The documents that each member brings for the candidacy: asked, brought with their expiry, opened, frozen."""
