"""Success stories: written by a buyer, tied to a contract and its real figures, with the agreement of those named."""
