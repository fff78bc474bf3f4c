"""The page: one file a tab, one for the texts in both languages, one for the server under them."""
