"""Previews of imports: what they say is what the import does, and they write nothing."""
