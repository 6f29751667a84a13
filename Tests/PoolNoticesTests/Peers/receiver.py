"""A receiver of webhooks that checks signatures as docs/serving.md says. Prints its port, then for each
request a line of JSON.

usage: receiver.py SECRET
"""
import hashlib, hmac, json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

secret = sys.argv[1].encode()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stamp = self.headers["Culprit-Timestamp"]
        wanted = "v1=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        good = hmac.compare_digest(wanted, self.headers["Culprit-Signature"])
        print(json.dumps({"path": self.path, "good": good, "stamp": stamp,
                          "type": self.headers["Content-Type"], "body": json.loads(body)}), flush=True)
        if self.path == "/elsewhere":
            self.send_response(307)
            self.send_header("Location", "/caught")
        else:
            self.send_response(204 if good else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_address[1], flush=True)
server.serve_forever()
