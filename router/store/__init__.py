"""The only SQL of the package: tables, the database, its one writer, and one module per thing that is kept.

The stages of the package meet here and nowhere else. Nothing in this folder parses mail, applies a rule or talks to a
network.
"""
