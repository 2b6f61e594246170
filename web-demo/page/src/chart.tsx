// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";

/**
 * A line of values on a canvas, newest at the right. Forty lines of code instead of the 22 KB of uPlot, of whose axes, cursors and
 * scales this page would use none.
 */
export function Chart({ values, label }: { values: readonly number[]; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, values);
  });
  return <canvas class="chart" role="img" aria-label={label} ref={canvas} />;
}

function draw(canvas: HTMLCanvasElement, values: readonly number[]): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  if (values.length < 2) return;
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const x = (at: number): number => (at * width) / (values.length - 1);
  const y = (value: number): number => height - 4 - ((value - low) / span) * (height - 8);
  context.beginPath();
  values.forEach((value, at) => context.lineTo(x(at), y(value)));
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.stroke();
  context.lineTo(width, height);
  context.lineTo(0, height);
  context.globalAlpha = 0.12;
  context.fillStyle = context.strokeStyle;
  context.fill();
  context.globalAlpha = 1;
}
