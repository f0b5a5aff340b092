"""What the purchases brought: figures, each traceable, and the editions that freeze them."""
