"""The demo: the main job on sample files that ship with the project."""
