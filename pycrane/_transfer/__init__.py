"""The transfer engine: plans what a sink lacks, moves blobs in parallel, then manifests, names last.

It knows views, sources and sinks; registries and files are behind those.
"""
