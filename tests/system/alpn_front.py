"""nginx as port 443 of AWS is: TLS ends here for those who ask for one application protocol with a client certificate, all
others are turned away.

    front = alpn_front.AlpnFront("x-amzn-mqtt-ca", folder, pki, broker.plain)
"""
from mqtt_lab import Server, free_port

CONFIGURATION = """load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
pid {folder}/alpn.pid;
error_log stderr info;
events {{}}
stream {{
  map $ssl_preread_alpn_protocols $terminator {{
    {protocol} 127.0.0.1:{terminator};
    default 127.0.0.1:{closed};
  }}
  server {{
    listen 127.0.0.1:{port};
    ssl_preread on;
    proxy_pass $terminator;
  }}
  server {{
    listen 127.0.0.1:{terminator} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_client_certificate {ca};
    ssl_verify_client on;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_alpn {protocol};
    proxy_pass 127.0.0.1:{behind};
  }}
}}
"""


class AlpnFront:
    """What it lets in goes without TLS to the port `behind`."""

    def __init__(self, protocol, folder, pki, behind, server="server"):
        self.port = free_port()
        terminator = free_port()
        (folder / "alpn.conf").write_text(CONFIGURATION.format(
            protocol=protocol, folder=folder, port=self.port, terminator=terminator, closed=free_port(), behind=behind,
            certificate=pki.path(server + ".pem"), key=pki.path(server + ".key"), ca=pki.path(pki.name + ".pem")))
        # The module lies outside of what nginx was started with a configuration of its own for.
        self.server = Server(["nginx", "-c", str(folder / "alpn.conf"), "-e", "stderr"], folder, "nginx", [self.port, terminator])

    def close(self):
        self.server.close()
