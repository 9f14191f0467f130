"""The live half of `router check`: tries everything that the configuration names, as the daemon would use it."""
