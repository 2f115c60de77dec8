"""Bad inputs, a row each: where it enters, what it is, and what the answer must name.

Rows are listed by the place at which they enter: settings, documents (JSON files), requests (HTTP,
forms), sockets, commands, imported files, strategy files. Every row is answered by a clear error
that names the thing, and where that is shorter than a line the value; nothing changes.
"""
