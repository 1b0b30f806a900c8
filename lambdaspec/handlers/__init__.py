"""What handlers write, read from their source; nothing of it is run.

`package.read_handler` is the way in: files of one function's code, the handler's name, its
language; what comes out are the calls of AWS's SDKs and whether everything could be read.
"""
