"""A folder as an S3 bucket, for measuring: `s3_server.py FOLDER`. Prints its address, serves until its input ends.

Only what ingest asks for: pages of ListObjectsV2 and GET with ranges. Signatures are not looked at. It does little for a
request, so that what is measured is the reader; it still shares the machine's cores with it.
"""
import hashlib
import os
import re
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

ROOT = os.path.abspath(sys.argv[1])
PAGE = 1000


def objects():
    found = []
    for at, _, names in os.walk(ROOT):
        for name in names:
            path = os.path.join(at, name)
            found.append((os.path.relpath(path, ROOT), os.path.getsize(path)))
    return sorted(found)


OBJECTS = objects()
# An ETag is any text that changes with the object: hashing the contents would be the server's work, not the reader's.
ETAGS = {key: f'"{hashlib.md5(f"{key} {size}".encode()).hexdigest()}"' for key, size in OBJECTS}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, length):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        key = urllib.parse.unquote(url.path).split("/", 2)[2] if url.path.count("/") > 1 else ""
        if key:
            self.get(key)
        else:
            self.list({name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()})

    def list(self, asked):
        after, prefix = asked.get("continuation-token", asked.get("start-after", "")), asked.get("prefix", "")
        keys = [one for one in OBJECTS if one[0] > after and one[0].startswith(prefix)] if after or prefix else OBJECTS
        page = keys[:PAGE]
        more = f"<NextContinuationToken>{escape(page[-1][0])}</NextContinuationToken>" if len(keys) > PAGE else ""
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>{escape(ETAGS[key])}</ETag>"
            f"<Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>" for key, size in page)
        body = (f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name>'
                f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount><MaxKeys>{PAGE}</MaxKeys><IsTruncated>{str(bool(more)).lower()}"
                f"</IsTruncated>{more}{contents}</ListBucketResult>").encode()
        self.answer(200, {"Content-Type": "application/xml"}, len(body))
        self.wfile.write(body)

    def get(self, key):
        if key not in ETAGS:
            self.answer(404, {}, 0)
            return
        with open(os.path.join(ROOT, key), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            headers = {"ETag": ETAGS[key], "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT", "Accept-Ranges": "bytes"}
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first, last = (int(wanted[1]), min(int(wanted[2] or size), size - 1)) if wanted else (0, size - 1)
            if wanted:
                headers["Content-Range"] = f"bytes {first}-{last}/{size}"
            self.answer(206 if wanted else 200, headers, last - first + 1)
            self.wfile.flush()
            at = first
            while at <= last:
                at += os.sendfile(self.connection.fileno(), file.fileno(), at, last - at + 1)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
sys.stdin.read()
