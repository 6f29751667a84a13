"""A mail server that breaks the rules. Prints its port, then each line that it is told.

usage: hostile.py KIND
"""
import socket, sys

kind = sys.argv[1]
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
try:
    if kind == "silent":
        pass
    elif kind == "endless":
        for _ in range(64):
            client.sendall(b"220-" + b"a" * 60000)
    elif kind == "many":
        client.sendall(b"220-hello\r\n" * 10000)
    elif kind == "nonsense":
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    elif kind == "gone":
        client.close()
        raise SystemExit
    else:
        client.sendall(b"220 hello\r\n")
    answers = {
        # A stripped STARTTLS: whoever sits on the way takes the offer out.
        "stripped": {b"EHLO": b"250-hello\r\n250 AUTH PLAIN\r\n"},
        # Words that were said before TLS, to be taken for words said over it (CVE-2011-0411).
        "injected": {b"EHLO": b"250-hello\r\n250 STARTTLS\r\n",
                     b"STARTTLS": b"220 go\r\n250-hello\r\n250 AUTH PLAIN\r\n"},
        # No TLS behind STARTTLS.
        "false": {b"EHLO": b"250-hello\r\n250 STARTTLS\r\n", b"STARTTLS": b"220 go\r\n"},
    }.get(kind, {})
    told = b""
    while more := client.recv(65536):
        told += more
        while b"\r\n" in told:
            line, told = told.split(b"\r\n", 1)
            print(line.decode("latin-1"), flush=True)
            word = line.split(b" ")[0].upper()
            client.sendall(answers.get(word, b"250 OK\r\n"))
        if told[:1] == b"\x16":
            print("TLS", flush=True)
            client.sendall(b"250 OK\r\n")
            told = b""
except OSError:
    pass
print("end", flush=True)
