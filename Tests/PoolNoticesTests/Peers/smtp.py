"""A mail server for tests, by aiosmtpd. Prints its port, then each mail as a line of JSON.

usage: smtp.py CERTIFICATE KEY starttls   with STARTTLS, which it insists on, and a password
       smtp.py CERTIFICATE KEY implicit   with TLS from the first word on, and a password
       smtp.py                            without TLS
"""
import base64, json, ssl, sys, threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 nobody is here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos,
            "data": base64.b64encode(envelope.content).decode(),
            "tls": server.transport.get_extra_info("ssl_object") is not None, "signedIn": session.authenticated,
            "hello": session.host_name}), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = mechanism == "PLAIN" and (data.login, data.password) == (b"pool", "gehe\u00efm".encode())
    return AuthResult(success=good, handled=False)


options = {}
if len(sys.argv) == 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    options = dict(auth_required=True, authenticator=authenticate)
    if sys.argv[3] == "implicit":
        # It asks whether STARTTLS was, before it offers to sign in.
        options |= dict(ssl_context=context, auth_require_tls=False)
    else:
        options |= dict(tls_context=context, require_starttls=True)
# The controller looks at the port before it is told one: so one is taken first.
import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
Controller(Handler(), hostname="127.0.0.1", port=port, **options).start()
print(port, flush=True)
threading.Event().wait()
