"""Boxes from a YOLO model exported to ONNX by ultralytics (YOLOv8 and later heads, with or without built-in suppression)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.errors import ConfigError
from mpr_core.inference.engine import OnnxFile

_PAD_GREY = 114


@dataclass(frozen=True)
class ClassBox:
    """A found thing: `xyxy_px (4,) float32`, its class name and score in [0, 1]."""

    xyxy_px: NDArray[np.float32]
    class_name: str
    score: float


class Yolo:
    """A detector with the class names of its own metadata.

    Args:
        model: the opened file, which detectors of other thresholds may share.
    Raises:
        ConfigError: the file is no ONNX model, its metadata names no classes, or its output is not a YOLO detection head's.
    """

    def __init__(self, model: OnnxFile, min_score: float, max_iou: float) -> None:
        self._model = model
        self._path, self._min_score, self._max_iou = model.path, min_score, max_iou
        names = self._literal("names")
        if not isinstance(names, dict) or not names or not all(isinstance(key, int) for key in names):
            raise ConfigError(
                "weights without class names",
                where=str(self._path),
                why="the ONNX metadata has no 'names' of the form {0: 'first class', ...}",
                remedy="export with ultralytics: yolo export format=onnx",
            )
        self.names = {key: str(value) for key, value in names.items()}
        size = self._literal("imgsz")
        if isinstance(size, int):
            size = (size, size)
        height, width = size if isinstance(size, list | tuple) and len(size) == 2 else (640, 640)
        self._size_px = (int(height), int(width))

    def _literal(self, name: str) -> Any:
        """A Python literal from the metadata, as ultralytics writes `names`; None when there is none or it is no plain value.

        Raises:
            ConfigError: the file is no ONNX model.
        """
        try:
            text = self._model.metadata(name)
            return None if text is None else ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return None
        except RuntimeError as error:  # what OpenVINO raises for anything it cannot read
            raise ConfigError(
                "cannot use these weights",
                where=str(self._path),
                why="the file is no ONNX model that can be read",
                remedy="export the model to ONNX again: yolo export format=onnx",
            ) from error

    def detect(self, bgr: NDArray[np.uint8], min_score: float | None = None) -> list[ClassBox]:
        """Boxes in a picture `(h, w, 3)`, in its own pixels, best first; `min_score` stands in for the configured one."""
        least = self._min_score if min_score is None else min_score
        batch, scale, left, top = self._letterbox(bgr)
        xyxy, scores, classes = self._decode(self._model.infer(batch))
        keep = scores >= least
        xyxy, scores, classes = xyxy[keep], scores[keep], classes[keep]
        xyxy = (xyxy - np.array([left, top, left, top], np.float32)) / scale
        height, width = bgr.shape[:2]
        xyxy = np.clip(xyxy, 0, [width, height, width, height]).astype(np.float32)
        sizes = np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)
        kept = (
            cv2.dnn.NMSBoxesBatched(sizes.tolist(), scores.tolist(), classes.tolist(), least, self._max_iou)
            if len(sizes)
            else []
        )
        return [
            ClassBox(xyxy[i], self.names.get(int(classes[i]), str(int(classes[i]))), float(scores[i]))
            for i in np.asarray(kept, int).ravel()
        ]

    def _letterbox(self, bgr: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float, int, int]:
        height, width = self._size_px
        scale = min(height / bgr.shape[0], width / bgr.shape[1])
        inner = (max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale)))
        left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
        canvas = np.full((height, width, 3), _PAD_GREY, np.uint8)
        canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(bgr, inner, interpolation=cv2.INTER_LINEAR)
        return cv2.dnn.blobFromImage(canvas, 1 / 255, swapRB=True), scale, left, top

    def _decode(
        self, output: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
        if output.ndim == 3 and output.shape[1] == 4 + len(self.names):
            rows = output[0].T
            centre, size, classes = rows[:, :2], rows[:, 2:4], rows[:, 4:]
            xyxy = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
            return xyxy, classes.max(axis=1), classes.argmax(axis=1)
        if output.ndim == 3 and output.shape[2] == 6:  # exported with end-to-end suppression
            rows = output[0]
            return rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64)
        raise ConfigError(
            "not a YOLO detection head",
            where=str(self._path),
            why=f"output shape {output.shape} with {len(self.names)} classes",
            remedy="use a detection model (not segmentation, pose or classification)",
        )
