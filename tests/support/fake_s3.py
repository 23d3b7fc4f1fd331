"""An S3 server on loopback with one empty bucket, as ``s3://datasets``; its keys stand in the environment alone."""

import json
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

SECRET = "Planted0nly4Test5Q7w9Xk2Zb8Rr1Ll3Mm"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAPLANTED4TESTS", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
BUCKET = "datasets"


class Bucket:
    """Serves until the block ends, or ``close`` is called."""

    def __init__(self, patch: pytest.MonkeyPatch):
        for name, value in {**KEYS, "NO_PROXY": "127.0.0.1", "AWS_MAX_ATTEMPTS": "1"}.items():
            patch.setenv(name, value)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        self._post("reset")  # what an earlier server of this process held
        patient = Config(retries={"total_max_attempts": 5})  # what is tested tries once, as the environment says
        self._client = boto3.client("s3", endpoint_url=self.url, config=patient)
        self._client.create_bucket(Bucket=BUCKET)
        self.is_open = True

    def __enter__(self) -> "Bucket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let nothing listen there any more."""
        if self.is_open:
            self._check_keys_after("inf")
            self._client.close()
            self._server.stop()
        self.is_open = False

    def read(self) -> dict[str, bytes]:
        """Return key -> bytes of all objects."""
        listed = self._client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {one["Key"]: self._client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in listed}

    def delete(self, key: str) -> None:
        """Lose an object."""
        self._client.delete_object(Bucket=BUCKET, Key=key)

    def forbid_writing(self, patch: pytest.MonkeyPatch) -> None:
        """From now on, check keys, and let those of the environment be ones that may only read."""
        users = boto3.client("iam", endpoint_url=self.url)
        users.create_user(UserName="reader")
        may = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
        users.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
        key = users.create_access_key(UserName="reader")["AccessKey"]
        users.close()
        patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        self._check_keys_after("0")

    def _check_keys_after(self, calls: str) -> None:
        """Say after how many calls keys are checked; moto keeps it for the whole process."""
        self._post("reset-auth", calls)

    def _post(self, what: str, body: str = "") -> None:
        """Tell moto itself something."""
        address, plain = f"{self.url}/moto-api/{what}", {"Content-Type": "text/plain"}
        urlopen(Request(address, data=body.encode(), headers=plain, method="POST")).close()
