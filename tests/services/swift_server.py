"""OpenStack Swift with s3api in one process: proxy, account, container and object server, one device, one replica.

`python -m tests.services.swift_server FOLDER` prints `ready PORT` and serves on loopback until it is ended.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")  # eventlet says at import that it is old

import eventlet  # noqa: E402

eventlet.patcher.monkey_patch()

from eventlet import listen, wsgi  # noqa: E402
from swift.common import utils  # noqa: E402

KEY_ID, SECRET = "test:tester", "the-key-of-tester"
_PIPELINE = f"""\
[DEFAULT]
swift_dir = {{folder}}
log_level = CRITICAL
[pipeline:main]
pipeline = catch_errors cache s3api tempauth bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_{KEY_ID.replace(":", "_")} = {SECRET} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class _Silent:
    """A log that nothing is written to."""

    def write(self, _text: str) -> None:
        """Drop it."""


def _rings(folder: Path, sockets: dict[str, Any]) -> None:
    from swift.common.ring import RingBuilder

    for kind, socket in sockets.items():
        port = socket.getsockname()[1]
        builder = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
        address = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
        builder.add_dev({"region": 1, "zone": 1, "device": "disk", "weight": 1, "meta": "", **address})
        builder.rebalance(seed=1)
        builder.get_ring().save(str(folder / f"{kind}.ring.gz"))


def serve(folder: Path) -> None:
    """Serve objects that are kept below a folder."""
    (folder / "devices" / "disk").mkdir(parents=True)
    config = folder / "swift.conf"
    config.write_text(
        "[swift-hash]\nswift_hash_path_suffix = x\n[storage-policy:0]\nname = only\ndefault = yes\n", encoding="utf-8"
    )
    # Swift reads them from /etc/swift otherwise.
    utils.SWIFT_CONF_FILE, utils.HASH_PATH_SUFFIX, utils.HASH_PATH_PREFIX = str(config), b"x", b""

    from swift.account.server import AccountController
    from swift.common.wsgi import loadapp
    from swift.container.server import ContainerController
    from swift.obj.server import ObjectController

    servers = {"account": AccountController, "container": ContainerController, "object": ObjectController}
    sockets = {kind: listen(("127.0.0.1", 0)) for kind in servers}
    _rings(folder, sockets)
    conf = {
        "devices": str(folder / "devices"),
        "swift_dir": str(folder),
        "mount_check": "false",
        "disable_fallocate": "true",
        "log_level": "CRITICAL",
    }
    for kind, server in servers.items():
        eventlet.spawn(wsgi.server, sockets[kind], server(conf), _Silent(), log_output=False)
    pipeline = folder / "proxy.conf"
    pipeline.write_text(_PIPELINE.format(folder=folder), encoding="utf-8")
    front = listen(("127.0.0.1", 0))
    app = loadapp(str(pipeline), global_conf={"log_name": "proxy"})
    print("ready", front.getsockname()[1], flush=True)
    wsgi.server(front, app, _Silent(), log_output=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
