"""Sends one request to a Purser port and prints the answer: python3 examples/ask.py 9100 '{"op":"BALANCE"}'

A frame is 4 bytes of big-endian payload length, then UTF-8 JSON; the answer comes back in the same form.
"""

import socket
import struct
import sys


def read(stream, count):
    data = b""
    while len(data) < count:
        chunk = stream.recv(count - len(data))
        if not chunk:
            raise SystemExit("the server closed the connection before it had answered")
        data += chunk
    return data


port, request = int(sys.argv[1]), sys.argv[2].encode()
with socket.create_connection(("127.0.0.1", port), timeout=30) as stream:
    stream.sendall(struct.pack(">I", len(request)) + request)
    (length,) = struct.unpack(">I", read(stream, 4))
    print(read(stream, length).decode())
