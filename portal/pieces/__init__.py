"""Files that people bring: told by their content, kept once each under their hash, let go once nothing names them."""
