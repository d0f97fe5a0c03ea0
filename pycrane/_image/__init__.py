"""Views of images, indexes and layers, the sources behind them and the sinks in front of them.

Views keep raw bytes and verify what is read. Registries, files and terminals do not enter.
"""
