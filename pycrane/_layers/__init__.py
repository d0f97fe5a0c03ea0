"""Layer contents: the tar stream, merging of layers, compression, layers made from local files."""
