"""Use cases on the history: explanations, undo, and replays with one thing changed."""
