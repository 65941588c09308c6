// SPDX-License-Identifier: Apache-2.0
// What every drawing on the page shares: sharp pixels, the page's colours, drawn again when needed.

// Call `draw` whenever the canvas has another size or the page other colours.
export function redrawn(canvas, draw) {
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

// An empty sheet in CSS pixels, or null while the canvas is not shown. `colour` reads a style.
export function sheet(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return null;
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  return { pen, width, height, colour: (name) => style.getPropertyValue(`--${name}`) };
}
