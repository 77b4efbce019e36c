"""Long work: carried out beside those who are served."""
