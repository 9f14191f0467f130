"""Tests of `router/oauth`."""
