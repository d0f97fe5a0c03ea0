"""Layers merged to one file system (OCI image spec, layer.md): whiteouts, shadowing, links.

`merge.py` reads the layers from the top down and writes at once what can be seen; nothing is unpacked. The
other modules answer its questions: `shadow.py` which paths higher layers have made or removed, `whiteouts.py`
what a whiteout removes, `hard_links.py` which file a hard link shows, `symlinks.py` the way to a parent,
`layer.py` whether an entry is written and under which name, `kept_layers.py` how a layer is read again.

A file that is replaced or removed. The top layer is read first, and its paths shadow those below:

    layer 2    a, .wh.b          a is written; b is noted as removed
    layer 1    a, b, c           a is shadowed, b is removed, c is written
    output     a (of layer 2), c (of layer 1)

A hard link to a file of a lower layer. The link waits until its file comes, and is written after it. If the
file is shadowed, the first link that waits is written in its place, with the file's content:

    layer 3    f                 f is written
    layer 2    g -> f            g waits for f of a lower layer
    layer 1    f (old)           f is shadowed: its content is written under the name g
    output     f (of layer 3), g (content of layer 1)

If the link comes after its shadowed file within one layer, the content has gone by, and the layer is read a
second time.

An entry below a symbolic link of a lower layer. A runtime follows the link when it applies the layer, so the
parent has to be known before the lower layer is read; the lower layers are walked for links first, and kept
in temporary files meanwhile:

    layer 2    lib/x             there is no entry for lib, which may be a link below
    layer 1    lib -> usr/lib    found by walking layer 1 for links
    output     usr/lib/x (of layer 2), lib -> usr/lib (of layer 1)
"""
