"""The price list as a document: written, read, and judged by Kaspi's rules. Pure: no Django."""
