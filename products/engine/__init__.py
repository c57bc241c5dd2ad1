"""The async middle: looks and pushes, many at once, with no Django in sight."""
