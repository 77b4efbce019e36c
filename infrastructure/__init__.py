"""The driven and the driving side: event log, read models, command line, file readers, wiring."""
