"""Connecting a company's mail: what is asked, the administrator's steps, the configuration, tests until all is green."""
