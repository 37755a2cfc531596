"""What goes over the wire between MPR and the inference host, `mpr.wire/1`: the records that both sides import.

A request is `multipart/form-data`: one part `request` with the JSON document, then one part `images` for each entry of its `images`, in
that order, each the JPEG bytes as they are stored. The answer is a JSON document. Bytes within JSON are base64 in the URL-safe alphabet.
Light to import: no vision library.
"""
