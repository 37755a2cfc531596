"""A Ray cluster on this machine: a head without a GPU, and a node that says it has one, each with a core.

python -m tests.services.ray.cluster: prints the address of the jobs' API when it is up, and ends with its standard input.
"""

from __future__ import annotations

import sys

from ray.cluster_utils import Cluster


def main() -> None:
    """Serve until standard input ends."""
    local = {"node_ip_address": "127.0.0.1", "object_store_memory": 100 << 20}
    cluster = Cluster()
    try:
        head = cluster.add_node(
            num_cpus=1, num_gpus=0, include_dashboard=True, dashboard_host="127.0.0.1", dashboard_port=0, **local
        )
        cluster.add_node(num_cpus=1, num_gpus=1, **local)
        print("ready", f"http://{head.webui_url}", flush=True)
        sys.stdin.read()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
