"""In-process inference: ONNX files checked by digest, run by OpenVINO on the CPU."""
