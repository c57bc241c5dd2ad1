"""Adapters to the real marketplace: async, without Django, whole tenge at the wire."""
