# SPDX-License-Identifier: Apache-2.0
"""The clip network without torch: what the clip engine writes with.

`decoder` reads a context in numpy, `session` then decodes candidates together, `kernels` adds
what distances in pitch and time say; `onnx_decoder` puts the steps through ONNX Runtime, with a
graph that `onnx_bytes` writes.
"""
