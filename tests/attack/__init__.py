"""What comes in, as somebody sends it who wants to hurt. Bounds are in processor time."""
