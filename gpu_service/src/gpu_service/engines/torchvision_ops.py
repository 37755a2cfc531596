"""torchvision's operators where its own do not load.

PyPI's torchvision is built for PyPI's CUDA torch; beside a CPU build of torch its compiled operators are missing, and ultralytics, which
uses one of them (nms) and has a version of its own for it, does not import at all.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def provide_nms() -> Any:
    """Let torchvision import and `torchvision.ops.nms` work, if they do not by themselves.

    Returns:
        What keeps the operator registered; None when nothing was needed.
    """
    import torch

    try:
        import torchvision

        if torchvision.extension._has_ops():
            return None
    except RuntimeError:  # "operator torchvision::nms does not exist"
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    torchvision.extension._has_ops = lambda: True
    library.impl("nms", _nms, "CPU")
    return library


def _nms(dets: Any, scores: Any, iou_threshold: float) -> Any:
    """By ultralytics, the only one to ask for it: not imported before, for transformers needs torchvision too, but not ultralytics."""
    from ultralytics.utils.nms import TorchNMS

    return TorchNMS.nms(dets, scores, iou_threshold)
