"""AWS under its own names: whatever host is asked for, moto answers, with a certificate of that name."""

import os

from support.certificate_authority import Authority
from support.connect_proxy import ConnectProxy
from support.servers import Moto

REGIONS = ["us-east-1", "us-east-2", "ap-east-1"]


class AWSNames:
    """A moto that plays the hosts of `REGIONS`, and the proxy by which these names lead to it."""

    def __init__(self, folder):
        authority = Authority(folder)
        hosts = [f"{name}{service}.{region}.amazonaws.com" for region in REGIONS
                 for name, service in (("", "s3"), ("*.", "s3"), ("", "sts"))]
        self._trusted = str(authority.path)
        # The helpers of moto ask by its address.
        os.environ["SSL_CERT_FILE"] = os.environ["AWS_CA_BUNDLE"] = self._trusted
        self.moto = Moto(certificate=authority.certificate("127.0.0.1", *hosts))
        self.proxy = ConnectProxy(leading_to=("127.0.0.1", int(self.moto.endpoint.rpartition(":")[2])))

    @property
    def environment(self):
        return {"HTTPS_PROXY": self.proxy.url, "AWS_CA_BUNDLE": self._trusted, "AWS_ENDPOINT_URL": None}

    def stop(self):
        self.proxy.stop()
        self.moto.stop()
        del os.environ["SSL_CERT_FILE"], os.environ["AWS_CA_BUNDLE"]
