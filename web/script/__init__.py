"""The swap script: how it is built, tagged and served."""
